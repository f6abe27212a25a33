import type { Attempt } from "../kinds/workspace-status.ts";
import type { Quota } from "../machine/failure.ts";
import { quotaNamed, quotaNumbers } from "../machine/quota-text.ts";

/** The quota a refusal names, with its numbers in cores; undefined where it has none. */
export function quotaIn(message: string): Quota | undefined {
  const named = quotaNamed(message);
  if (named === undefined) return undefined;
  return quotaNumbers(message, named.scope === "region" ? "the region" : named.name);
}

/** Whether a node was refused for want of quota: the provider's reason says so, or the cloud's words. */
export function isQuotaRefusal({ reason, message }: Attempt): boolean {
  return /quota/i.test(reason) || quotaIn(message) !== undefined;
}

/** In words, with what is short. */
export function quotaWords({ name, limitCores, usedCores, askedCores }: Quota): string {
  const used = `${usedCores} of ${limitCores} cores of ${name} are used`;
  if (askedCores === undefined) return used;
  const short = usedCores + askedCores - limitCores;
  return `${used}, a node needs ${askedCores}: ${short} short`;
}

/** Whether the quota holds no node even when nobody else uses it. */
export function isTooSmall({ limitCores, askedCores }: Quota): boolean {
  return limitCores < (askedCores ?? 1);
}
