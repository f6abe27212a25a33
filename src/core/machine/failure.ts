/**
 * Why a cloud did not do what it was asked: the closed set that every provider of ours speaks. Those that refuse a machine
 * are also the reasons of a claim's condition Launched, by which the planner learns what to try next.
 */
export type CloudReason =
  /** Cores of one family of sizes, of one way of paying. */
  | "FamilyQuotaExceeded"
  /** Cores of all spot machines of the region. */
  | "SpotQuotaExceeded"
  /** Cores of the whole region. */
  | "RegionQuotaExceeded"
  /** The size is restricted for the moment, for this way of paying. */
  | "SizeNotAvailable"
  /** The size does not exist in this region, or not for this subscription. */
  | "SizeNotSupported"
  | "ZonalAllocationFailed"
  | "AllocationFailed"
  /** Too many wishes at once: the size for this way of paying and place. */
  | "OverconstrainedAllocation"
  /** The cluster has as many pools as it may have. */
  | "PoolLimitReached"
  /** The machine came, but not up. */
  | "NodeBootstrapFailed"
  /** The request itself is wrong, or a policy forbids it: nothing changes until somebody changes one or the other. */
  | "InvalidRequest"
  | "AuthorizationFailed"
  /** Somebody else's machine has this name. */
  | "NameTaken"
  /** None of these refuses anything: ask again later. */
  | "Throttled"
  | "OperationInProgress"
  | "Unavailable";

export interface CloudFailure {
  readonly reason: CloudReason;
  /** What the cloud said, verbatim, with its codes. */
  readonly message: string;
  /** The earliest time to ask again, if the cloud stated one. */
  readonly retryAfterMs?: number;
  /** Numbers of an exceeded quota, in cores. */
  readonly quota?: Quota;
}

/** Stands among instance types for what is bought as spot: one quota for all sizes. No size is called so. */
export const SPOT_QUOTA = "spot";

export interface Quota {
  /** Name of the quota as the cloud writes it: `standardNCADSA100v4Family`. */
  readonly name: string;
  readonly limitCores: number;
  readonly usedCores: number;
  /** What the refused request would have added. */
  readonly askedCores?: number;
}
