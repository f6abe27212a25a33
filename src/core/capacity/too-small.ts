import { type Bin, obstacles } from "./bins.ts";
import { misfit, type Verdict } from "./choose-offering.ts";
import { INSTANCE_TYPE_LABEL } from "./claim.ts";
import type { Offer } from "./places.ts";
import type { Demand } from "./pod.ts";
import { doesNotFit } from "./reasons.ts";
import { has } from "./scheduling/mask.ts";
import type { OpenRequest } from "./scheduling/problem.ts";

/** Empty rooms that suit the pod by labels and taints, took no other, and have too little for it. */
export function emptyAndTooSmall(bins: readonly Bin[], request: OpenRequest, demand: Demand): readonly Bin[] {
  return bins.filter(
    (bin, row) => bin.pods === 0 && has(request.unused, row) && has(request.suitable, row) && lacks(bin, demand),
  );
}

function lacks(bin: Bin, demand: Demand): boolean {
  return obstacles(bin, demand).lacking.length > 0;
}

/** Why the offering is not bought: a node of the size is there, empty, and has less than was thought. */
export function provenTooSmall(offer: Offer, tooSmall: readonly Bin[], demand: Demand): Verdict | undefined {
  const bin = tooSmall.find((one) => sizeOf(one) === offer.offering.instanceType);
  return bin === undefined ? undefined : { kind: "fit", message: doesNotFit(demand, bin).message };
}

/** Whether, for all that is thought of its size, another node like it could be bought for the pod. */
export function likeIsBought(bin: Bin, offers: readonly Offer[], demand: Demand): boolean {
  return offers.some((offer) => offer.offering.instanceType === sizeOf(bin) && misfit(offer, demand) === undefined);
}

/** What was asked for, whatever the node says of itself. */
function sizeOf({ claim }: Bin): string | undefined {
  return claim.labels.get(INSTANCE_TYPE_LABEL);
}

/**
 * Of empty rooms that suit a pod to come, those to keep for it: as many as come of those that hold it, and one of each size
 * that is too small although it should hold it. That one is what keeps the next of its size from being bought, so it stays
 * until the pod has its place; what would not be bought again for the pod need not be kept.
 * @param suiting rooms that suit the pod by labels and taints
 */
export function worthKeeping(
  suiting: readonly Bin[],
  demand: Demand,
  { count, offers }: { readonly count: number; readonly offers: () => readonly Offer[] },
): readonly Bin[] {
  if (count === 0) return [];
  const small = suiting.filter((bin) => lacks(bin, demand));
  const holding = suiting.filter((bin) => !small.includes(bin)).slice(0, count);
  const proofs = new Map(small.toReversed().map((bin) => [sizeOf(bin), bin]));
  const offered = proofs.size === 0 ? [] : offers();
  const needed = [...proofs.values()].filter((bin) => likeIsBought(bin, offered, demand));
  return [...holding, ...needed];
}
