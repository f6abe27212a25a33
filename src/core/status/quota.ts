import type { Attempt } from "../kinds/workspace-status.ts";
import type { Quota } from "../machine/failure.ts";

/**
 * The numbers in what Azure says of an exceeded quota, in cores: "… exceeding approved standardNCADSA100v4Family Cores quota.
 * Additional details - …, Current Limit: 24, Current Usage: 24, Additional Required: 24, (Minimum) New Limit Required: 48."
 * @returns undefined where the message has no such numbers
 */
export function quotaIn(message: string): Quota | undefined {
  const name = /exceeding approved (?:Total Regional Cores|(\S+?)(?: Cores)?) quota/i.exec(message);
  const limitCores = numberIn(message, /Current Limit: (\d+)/i);
  const usedCores = numberIn(message, /Current Usage: (\d+)/i);
  if (name === null || limitCores === undefined || usedCores === undefined) return undefined;
  const askedCores = numberIn(message, /Additional Required: (\d+)/i);
  return {
    name: name[1] ?? "Total Regional",
    limitCores,
    usedCores,
    ...(askedCores === undefined ? {} : { askedCores }),
  };
}

function numberIn(message: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
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
