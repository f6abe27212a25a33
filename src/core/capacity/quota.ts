import { type Quota, SPOT_QUOTA } from "../machine/failure.ts";
import type { Offering } from "./offerings.ts";
import type { Offer } from "./places.ts";
import type { CapacityQuestion } from "./question.ts";

/**
 * How far a quota that was read is too small for one more node, claims of this plan counted: better not to ask than to be
 * refused. What is reserved has its cores already. Undefined where it suffices or is not known.
 */
export function quotaProblem(
  { quotas }: CapacityQuestion,
  planned: readonly Offer[],
  { offering }: Offer,
): { readonly message: string; readonly tooSmall: boolean } | undefined {
  const quota = quotaOf(quotas, offering);
  if (quota === undefined || offering.type === undefined) return undefined;
  const asked = planned
    .filter((one) => quotaOf(quotas, one.offering)?.name === quota.name)
    .reduce((cores, one) => cores + (one.offering.type?.vcpus ?? 0), 0);
  const short = quota.usedCores + asked + offering.type.vcpus - quota.limitCores;
  if (short <= 0) return undefined;
  const used = `${quota.usedCores + asked} of ${quota.limitCores} cores of quota ${quota.name} are used`;
  const message = `needs ${offering.type.vcpus} cores, and ${used}: ${short} too few`;
  return { message, tooSmall: quota.limitCores < offering.type.vcpus };
}

/** What is bought on demand is bounded by size, and all that is spot together. */
function quotaOf(quotas: CapacityQuestion["quotas"], { instanceType, capacityType }: Offering): Quota | undefined {
  if (capacityType === "spot") return quotas?.get(SPOT_QUOTA);
  return capacityType === "on-demand" ? quotas?.get(instanceType) : undefined;
}
