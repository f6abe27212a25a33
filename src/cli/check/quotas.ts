import { isObject } from "../../core/json.ts";
import type { CloudQuotas } from "../../core/lint/repository.ts";
import { quotasOfUsages } from "../../core/machine/usages.ts";
import { UsageError } from "../../option.ts";
import { readSource } from "../input/source.ts";
import type { ConfigFile } from "./config-file.ts";

/**
 * Quotas by region, each read from what `az vm list-usage --location REGION -o json` or the usages of Microsoft.Compute
 * print; undefined where none are named. Throws UsageError for a file that is none of these.
 * @param flags REGION=FILE, the last of a region counts, and before what the settings say
 */
export function readCloudQuotas(
  flags: readonly string[],
  { config, from }: Pick<ConfigFile, "config" | "from">,
): CloudQuotas | undefined {
  const stated = Object.entries(config.quotas ?? {}).map(([region, path]) => `${region}=${from(path)}`);
  if (stated.length + flags.length === 0) return undefined;
  return new Map(
    [...stated, ...flags].map((text) => {
      const [, region, file] = /^([A-Za-z0-9-]+)=(.+)$/s.exec(text) ?? [];
      if (region === undefined || file === undefined) throw new UsageError(`--quota ${text}: expected REGION=FILE`);
      return [region, quotasIn(file)] as const;
    }),
  );
}

function quotasIn(file: string): ReturnType<typeof quotasOfUsages> {
  const value = parsed(file);
  const usages = isObject(value) ? value["value"] : value;
  const quotas = Array.isArray(usages) ? quotasOfUsages(usages) : new Map<string, never>();
  if (quotas.size > 0) return quotas;
  throw new UsageError(`${file}: no quotas in it; az vm list-usage --location REGION -o json prints them`);
}

function parsed(file: string): unknown {
  const { text } = readSource(file);
  try {
    // PowerShell writes a mark in front.
    return JSON.parse(text.replace(/^\ufeff/, "")) as unknown;
  } catch (error) {
    throw new UsageError(`${file}: no JSON: ${error instanceof Error ? error.message : error}`);
  }
}
