import { isObject } from "../json.ts";
import type { Quota } from "./failure.ts";

/** Name, in lower case, of the quota of all cores of a region. */
export const REGION_CORES = "cores";
/** Of all that are paid for as spot; such machines take nothing of the others. */
export const SPOT_CORES = "lowprioritycores";

/**
 * The quotas of Microsoft.Compute's usages by their names in lower case: Azure writes `standardNCADSA100v4Family` and
 * `StandardNCADSA100v4Family`, and its command line writes numbers as texts. What is no usage is left out.
 */
export function quotasOfUsages(usages: readonly unknown[]): ReadonlyMap<string, Quota> {
  const quotas = new Map<string, Quota>();
  for (const usage of usages) {
    if (!isObject(usage) || !isObject(usage["name"])) continue;
    const name = usage["name"]["value"];
    const [limitCores, usedCores] = [coresOf(usage["limit"]), coresOf(usage["currentValue"])];
    if (typeof name !== "string" || limitCores === undefined || usedCores === undefined) continue;
    quotas.set(name.toLowerCase(), { name, limitCores, usedCores });
  }
  return quotas;
}

function coresOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}
