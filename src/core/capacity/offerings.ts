import { findInstanceType, hourlyPriceUsd, type InstanceType, type Release } from "../catalogue.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Attempt } from "../kinds/workspace-status.ts";

/** One thing that can be bought: a size, a way of paying, a place. */
export interface Offering {
  readonly instanceType: string;
  readonly capacityType: string;
  readonly zone?: string;
  /** What the catalogue knows of the size; absent for a size it does not have. */
  readonly type?: InstanceType;
  /** USD per hour on demand; absent where no price is known. */
  readonly hourlyPriceUsd?: number;
}

/** Everything the user allows, in the user's order: sizes first, for each size the capacity types, for each the zones. */
export function offerings(expansion: Expansion, release: Release): readonly Offering[] {
  const { instanceType, fallbackInstanceTypes = [], nodes } = expansion;
  const zones: readonly (string | undefined)[] = nodes.zones ?? [undefined];
  return [...(instanceType === undefined ? [] : [instanceType]), ...fallbackInstanceTypes].flatMap((size) => {
    const known = sizeOf(release, size, nodes.region ?? release.defaults.region);
    return nodes.capacityTypes.flatMap((capacityType) =>
      zones.map((zone) => ({ instanceType: size, capacityType, ...(zone === undefined ? {} : { zone }), ...known })),
    );
  });
}

function sizeOf(release: Release, name: string, region: string): Pick<Offering, "type" | "hourlyPriceUsd"> {
  const type = findInstanceType(release, name);
  if (type === undefined) return {};
  const price = hourlyPriceUsd(release, type, region);
  return { type, ...(price === undefined ? {} : { hourlyPriceUsd: price }) };
}

/** USD per hour of one node on demand; undefined where no price is known. */
export function hourlyPriceOf(release: Release, size: string, region: string | undefined): number | undefined {
  return sizeOf(release, size, region ?? release.defaults.region).hourlyPriceUsd;
}

/** The refusal that keeps an offering from being tried at `nowMs`. */
export function refusal(offering: Offering, attempts: readonly Attempt[], nowMs: number): Attempt | undefined {
  return attempts.find(
    (attempt) =>
      attempt.instanceType === offering.instanceType &&
      (attempt.capacityType === undefined || attempt.capacityType === offering.capacityType) &&
      (attempt.zone === undefined || attempt.zone === offering.zone) &&
      Date.parse(attempt.until) > nowMs,
  );
}

export function describeOffering(offering: Offering): string {
  const zone = offering.zone === undefined ? "" : `, ${offering.zone}`;
  return `${offering.instanceType} (${offering.capacityType}${zone})`;
}
