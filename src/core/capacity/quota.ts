import type { Offer } from "./places.ts";
import type { CapacityQuestion } from "./question.ts";

/**
 * How far a quota that was read is too small for one more node, claims of this plan counted: better not to ask than to be
 * refused. A quota speaks of what is paid for on demand. Undefined where it suffices or is not known.
 */
export function quotaProblem(
  { quotas }: CapacityQuestion,
  planned: readonly Offer[],
  { offering }: Offer,
): { readonly message: string; readonly tooSmall: boolean } | undefined {
  const quota = quotas?.get(offering.instanceType);
  if (quota === undefined || offering.type === undefined || offering.capacityType !== "on-demand") return undefined;
  const asked = planned
    .filter((one) => one.offering.capacityType === "on-demand")
    .filter((one) => quotas?.get(one.offering.instanceType)?.name === quota.name)
    .reduce((cores, one) => cores + (one.offering.type?.vcpus ?? 0), 0);
  const short = quota.usedCores + asked + offering.type.vcpus - quota.limitCores;
  if (short <= 0) return undefined;
  const used = `${quota.usedCores + asked} of ${quota.limitCores} cores of quota ${quota.name} are used`;
  const message = `needs ${offering.type.vcpus} cores, and ${used}: ${short} too few`;
  return { message, tooSmall: quota.limitCores < offering.type.vcpus };
}
