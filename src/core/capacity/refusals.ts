import type { InstanceType } from "../catalogue.ts";
import type { CloudReason } from "../machine/failure.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a refusal closes beside the offering that was asked for. */
export type Scope =
  /** Nothing can be bought at all. */
  | "everything"
  /** Whatever is paid for in this way. */
  | "way"
  | "spot"
  /** All sizes of the family, for this way of paying. */
  | "family"
  /** The size, in every zone and for every way of paying. */
  | "size"
  /** The size in every zone, for this way of paying. */
  | "size-way"
  /** The same, and where on-demand was refused spot, too: it is what on-demand leaves over. */
  | "size-stock"
  /** In this zone, for this way of paying: the sizes of the family that need as much or more. */
  | "zone"
  | "offering";

export interface Refusal {
  readonly scope: Scope;
  readonly closedForMs: number;
  /** Whether it is a quota: something that a human can have raised. */
  readonly quota?: true;
}

// Quotas are raised and stock comes back, so what is unknown is tried again soon.
const DEFAULT: Refusal = { scope: "offering", closedForMs: 10 * MINUTE_MS };
// The times for which Karpenter's Azure provider keeps offerings closed.
const REFUSALS: { readonly [K in CloudReason]: Refusal | "refuses-nothing" } = {
  FamilyQuotaExceeded: { scope: "family", closedForMs: 10 * MINUTE_MS, quota: true },
  SpotQuotaExceeded: { scope: "spot", closedForMs: HOUR_MS, quota: true },
  RegionQuotaExceeded: { scope: "way", closedForMs: 10 * MINUTE_MS, quota: true },
  SizeNotAvailable: { scope: "size-way", closedForMs: 23 * HOUR_MS },
  SizeNotSupported: { scope: "size", closedForMs: 23 * HOUR_MS },
  ZonalAllocationFailed: { scope: "zone", closedForMs: HOUR_MS },
  // Karpenter's closes on-demand with spot, and a list that ends in on-demand is then not tried to its end for an hour.
  AllocationFailed: { scope: "size-stock", closedForMs: HOUR_MS },
  OverconstrainedAllocation: { scope: "offering", closedForMs: HOUR_MS },
  PoolLimitReached: { scope: "everything", closedForMs: 10 * MINUTE_MS },
  NodeBootstrapFailed: DEFAULT,
  InvalidRequest: DEFAULT,
  AuthorizationFailed: { scope: "everything", closedForMs: 10 * MINUTE_MS },
  NameTaken: DEFAULT,
  Throttled: "refuses-nothing",
  OperationInProgress: "refuses-nothing",
  Unavailable: "refuses-nothing",
};
// What outside providers call the same: Karpenter for Azure, Karpenter for AWS (error codes of EC2).
const OTHER_WORDS: { readonly [word: string]: CloudReason } = {
  SubscriptionQuotaReached: "FamilyQuotaExceeded",
  RegionalQuotaReached: "RegionQuotaExceeded",
  SKUNotAvailable: "SizeNotAvailable",
  AllocationFailure: "AllocationFailed",
  ZonalAllocationFailure: "ZonalAllocationFailed",
  OverconstrainedAllocationFailure: "OverconstrainedAllocation",
  OverconstrainedZonalAllocationFailure: "OverconstrainedAllocation",
  VcpuLimitExceeded: "FamilyQuotaExceeded",
  MaxSpotInstanceCountExceeded: "SpotQuotaExceeded",
  // Of the type that was asked for, in the zones that were: nothing is said of others whose quota it shares.
  InsufficientInstanceCapacity: "OverconstrainedAllocation",
};
// Spot capacity changes within the hour.
const SPOT_MOST_MS = HOUR_MS;

/**
 * What a refusal with this reason and message closes, and for how long; undefined for one that refuses nothing (throttling),
 * after which the same is asked again.
 */
export function refusalOf(reason: string, message: string, capacityType: string | undefined): Refusal | undefined {
  const known = REFUSALS[wordOf(reason, message)] ?? DEFAULT;
  if (known === "refuses-nothing") return undefined;
  // A family of which nothing at all is granted stays so until somebody asks for it.
  const none = known.scope === "family" && /\b(limit|maximum allowed): 0\b/i.test(message);
  const closedForMs = none ? HOUR_MS : known.closedForMs;
  return { ...known, closedForMs: capacityType === "spot" ? Math.min(closedForMs, SPOT_MOST_MS) : closedForMs };
}

// Words of Karpenter, and of ours for a claim that it withdrew without one, that tell of stock and not of the claim.
const OTHER_STOCK: readonly string[] = ["InsufficientCapacity"];

/**
 * Whether a refusal holds for whoever asks for the same. A reason that is not known may be the fault of the claim itself, and
 * so may one that closes nothing but what was asked for.
 */
export function speaksOfOthers({ reason, message }: { readonly reason: string; readonly message: string }): boolean {
  if (OTHER_STOCK.includes(reason)) return true;
  const refusal = REFUSALS[wordOf(reason, message)];
  return refusal !== "refuses-nothing" && refusal !== DEFAULT;
}

function wordOf(reason: string, message: string): CloudReason {
  const word = Object.hasOwn(OTHER_WORDS, reason) ? OTHER_WORDS[reason] : undefined;
  // Karpenter for Azure has one word for the quotas of a family and of spot.
  if (word === "FamilyQuotaExceeded" && /LowPriority/i.test(message)) return "SpotQuotaExceeded";
  return word ?? (Object.hasOwn(REFUSALS, reason) ? (reason as CloudReason) : "NodeBootstrapFailed");
}

/**
 * Sizes that share a quota. The catalogue's word, else the name without its number of cores and what changes nothing about the
 * quota (isolated, RDMA) on Azure, and the first letter on AWS, where all G and all P have one quota each.
 */
export function familyOf({ name, cloud, family }: InstanceType): string {
  if (family !== undefined) return family;
  if (cloud === "aws") return name.slice(0, 1);
  return name.replace(/^([A-Za-z]+_[A-Z]+)\d+([a-z]*)/, (_, series: string, features: string) => {
    return series + features.replaceAll(/[ir]/g, "");
  });
}
