import type { CloudFailure, CloudReason } from "./failure.ts";
import type { FailedCall } from "./world.ts";

/**
 * refused: this offering is not to be had; the claim ends so that the planner asks for another.
 * stopped: until somebody changes a right, a policy or a setting; the claim stays, says why, and is asked for slowly.
 * later: nothing is refused, ask again.
 */
export type Verdict = "refused" | "stopped" | "later";

const VERDICTS: { readonly [R in CloudReason]: Verdict } = {
  FamilyQuotaExceeded: "refused",
  SpotQuotaExceeded: "refused",
  RegionQuotaExceeded: "refused",
  SizeNotAvailable: "refused",
  SizeNotSupported: "refused",
  ZonalAllocationFailed: "refused",
  AllocationFailed: "refused",
  OverconstrainedAllocation: "refused",
  PoolLimitReached: "refused",
  NodeBootstrapFailed: "refused",
  InvalidRequest: "stopped",
  AuthorizationFailed: "stopped",
  NameTaken: "stopped",
  Throttled: "later",
  OperationInProgress: "later",
  Unavailable: "later",
};

export function verdictOf(failure: CloudFailure): Verdict {
  return VERDICTS[failure.reason];
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Between two tries where only a person can mend what is wrong. */
export const BY_HAND_PAUSE_MS = 5 * 60_000;

/** How long to leave the cloud in peace after calls that failed: what it asked for, else twice as long each time. */
export function pauseMs(failed: Pick<FailedCall, "failure" | "times">): number {
  const { reason } = failed.failure;
  // Policies are changed and names become free by hand. Rights take a while to reach all of Azure: a role
  // that was just given is not waited for as long as one that nobody gives.
  if (verdictOf(failed.failure) === "stopped" && reason !== "AuthorizationFailed") return BY_HAND_PAUSE_MS;
  const own = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failed.times - 1, 10));
  return Math.max(failed.failure.retryAfterMs ?? 0, own);
}

/** What is left of that pause. */
export function pauseLeftMs(failed: FailedCall): number {
  return Math.max(0, pauseMs(failed) - failed.agoMs);
}
