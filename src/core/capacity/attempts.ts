import type { JsonObject } from "../json.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { CAPACITY_TYPE_LABEL, type Claim, claimOf, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "./claim.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
// What Karpenter's Azure provider keeps an offering closed for after each refusal, by the reason it puts on the claim;
// quotas are raised and stock comes back, so everything unknown is tried again soon.
const CLOSED_FOR_MS: { readonly [reason: string]: number } = {
  SKUNotAvailable: 23 * HOUR_MS,
  AllocationFailure: HOUR_MS,
  ZonalAllocationFailure: HOUR_MS,
  OverconstrainedAllocationFailure: HOUR_MS,
  OverconstrainedZonalAllocationFailure: HOUR_MS,
};
const CLOSED_FOR_DEFAULT_MS = 10 * MINUTE_MS;
// Spot capacity changes within the hour.
const SPOT_CLOSED_FOR_MS = HOUR_MS;
// Karpenter deletes a claim whose node has not registered after 15 minutes; one that goes earlier was deleted by somebody.
const REGISTRATION_LIMIT_MS = 14 * MINUTE_MS;
const MOST_ATTEMPTS = 20;
const MOST_MESSAGE_CHARACTERS = 500;

/**
 * The refusal that a vanished claim tells of, or undefined where it tells none.
 * @param raw the claim as it was last seen, gone without our doing
 * @param goneMs when it was seen to be gone
 */
export function attemptOf(raw: JsonObject, goneMs: number): Attempt | undefined {
  const claim = claimOf(raw);
  const instanceType = claim.labels.get(INSTANCE_TYPE_LABEL);
  if (instanceType === undefined || claim.registered) return undefined;
  if (claim.launched && goneMs - (claim.createdMs ?? goneMs) < REGISTRATION_LIMIT_MS) return undefined;
  const { reason, message } = refusalOf(claim);
  const capacityType = claim.labels.get(CAPACITY_TYPE_LABEL);
  const zone = claim.labels.get(ZONE_LABEL);
  return {
    instanceType,
    ...(zone === undefined ? {} : { zone }),
    ...(capacityType === undefined ? {} : { capacityType }),
    reason,
    message: message.slice(0, MOST_MESSAGE_CHARACTERS),
    until: new Date(goneMs + closedForMs(reason, capacityType)).toISOString(),
  };
}

function refusalOf(claim: Claim): { readonly reason: string; readonly message: string } {
  if (claim.launched) {
    return { reason: "NodeNotJoining", message: `NodeClaim ${claim.name}: the machine ran, its node never registered` };
  }
  const { obstacle } = claim;
  if (obstacle === undefined || obstacle.reason === "AwaitingReconciliation") {
    // Karpenter deletes a claim for want of capacity without always saying so on it first.
    return {
      reason: "InsufficientCapacity",
      message: `the provider withdrew NodeClaim ${claim.name} without a reason`,
    };
  }
  return { reason: obstacle.reason, message: obstacle.message };
}

function closedForMs(reason: string, capacityType: string | undefined): number {
  const known = CLOSED_FOR_MS[reason];
  if (known === undefined) return CLOSED_FOR_DEFAULT_MS;
  return capacityType === "spot" ? Math.min(known, SPOT_CLOSED_FOR_MS) : known;
}

/** The attempts to remember: one for each offering, the newest 20, also those that have expired (they tell what was tried). */
export function remembered(before: readonly Attempt[], added: readonly Attempt[]): readonly Attempt[] {
  const byOffering = new Map<string, Attempt>();
  for (const attempt of [...before, ...added]) {
    byOffering.set(`${attempt.instanceType}/${attempt.capacityType}/${attempt.zone}`, attempt);
  }
  const newestFirst = [...byOffering.values()].sort((a, b) => Date.parse(b.until) - Date.parse(a.until));
  return newestFirst.slice(0, MOST_ATTEMPTS);
}
