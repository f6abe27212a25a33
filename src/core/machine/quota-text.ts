import type { Quota } from "./failure.ts";

/** Which quota a message is about: its name as the usages of Microsoft.Compute have it. */
export interface NamedQuota {
  readonly scope: "family" | "spot" | "region";
  readonly name: string;
}

/**
 * The quota of cores that a refusal names; undefined if it names none. The code alone does not say: Azure sends the same for
 * a family, for spot, for the region and for a busy cluster.
 */
export function quotaNamed(message: string): NamedQuota | undefined {
  if (/low ?priority ?cores/i.test(message)) return { scope: "spot", name: "lowPriorityCores" };
  if (/total regional (v?cpus?|cores)|regional vcpu quota/i.test(message)) return { scope: "region", name: "cores" };
  const family = /\b(\w*Family) (?:v?cpus?|cores)\b/i.exec(message)?.[1] ?? /\bfor family (\w+)/i.exec(message)?.[1];
  if (family !== undefined) return { scope: "family", name: family };
  if (/exceeding quota limits of core\b|submit a request for quota increase/i.test(message)) {
    return { scope: "region", name: "cores" };
  }
  return undefined;
}

/**
 * The numbers of a quota, in cores, whatever their order: `Current Limit: 24, Current Usage: 0, Additional Required: 48`,
 * `Maximum allowed: 10, Current in use: 10, Additional requested: 2`, `Limit: 0`. Undefined without a limit and a usage;
 * nothing is used of a limit of 0.
 */
export function quotaNumbers(message: string, name: string): Quota | undefined {
  const limitCores = number(message, /\b(?:current )?limit:\s*(\d[\d,]*)|\bmaximum allowed:\s*(\d[\d,]*)/i);
  const used = number(message, /\b(?:current )?(?:usage|used):\s*(\d[\d,]*)|\bin use:\s*(\d[\d,]*)/i);
  const usedCores = used ?? (limitCores === 0 ? 0 : undefined);
  if (limitCores === undefined || usedCores === undefined) return undefined;
  const askedCores = number(message, /\badditional (?:required|requested):\s*(\d[\d,]*)|\brequested:?\s*(\d[\d,]*)/i);
  return { name, limitCores, usedCores, ...(askedCores !== undefined && { askedCores }) };
}

function number(message: string, pattern: RegExp): number | undefined {
  const match = pattern.exec(message);
  const value = Number((match?.[1] ?? match?.[2])?.replaceAll(",", ""));
  return Number.isSafeInteger(value) ? value : undefined;
}
