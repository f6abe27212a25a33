import { existsSync, readFileSync } from "node:fs";
import { type DerivationInput, type Derived, derivePreset } from "../../../src/core/derive/derive.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { catalogue } from "../support/workspaces.ts";

const cases = new URL("cases/", import.meta.url);

/** A file of a case: what the model's repository publishes, as far as the derivation reads it. */
export function caseFile(name: string, file: string): JsonObject | undefined {
  const url = new URL(`${name}/${file}`, cases);
  return existsSync(url) ? JSON.parse(readFileSync(url, "utf8")) : undefined;
}

export const LLAMA: JsonObject = caseFile("llama-3.1-8b-instruct", "config.json") ?? {};

/** Derives from a configuration, with 10 GiB of weights unless stated otherwise. */
export function derived(config: unknown, changes: Partial<DerivationInput> = {}): Derived {
  const input: DerivationInput = {
    repository: "acme/tiny",
    readFrom: "as given",
    config,
    weights: { statedGiB: 10 },
    stated: { revision: "0123456789012345678901234567890123456789", license: "mit" },
    ...changes,
  };
  return derivePreset(input, catalogue.current);
}

export function codesOf({ issues }: Derived): readonly string[] {
  return issues.map(({ level, code }) => `${level} ${code}`);
}

export function messageOf({ issues }: Derived, code: string): string {
  return issues.find((issue) => issue.code === code)?.message ?? "";
}
