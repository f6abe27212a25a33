import { findInstanceType, type InstanceType, type Release } from "../catalogue.ts";
import { byCodePoint } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { type Price, priceOf } from "../prices.ts";
import { closes, isSameOffering } from "./attempts.ts";
import { CAPACITY_TYPE_LABEL, type Claim, INSTANCE_TYPE_LABEL } from "./claim.ts";

/** One thing that can be bought: a size, a way of paying, a place. */
export interface Offering {
  readonly instanceType: string;
  readonly capacityType: string;
  readonly zone?: string;
  /** What the catalogue knows of the size; absent for a size it does not have. */
  readonly type?: InstanceType;
  /** USD per hour of this way of paying, on demand where spot is unknown; absent where no price is known. */
  readonly hourlyPriceUsd?: number;
}

/**
 * Everything the user allows, in the user's order: sizes first, for each size the capacity types, for each the zones.
 * @param volumeZones zones that pods need for their volumes: named where the user names none, after no zone at all
 */
export function offerings(
  expansion: Expansion,
  release: Release,
  volumeZones: readonly string[] = [],
): readonly Offering[] {
  const { instanceType, fallbackInstanceTypes = [], nodes } = expansion;
  const zones: readonly (string | undefined)[] = nodes.zones ?? [undefined, ...volumeZones];
  const region = nodes.region ?? release.defaults.region;
  return [...(instanceType === undefined ? [] : [instanceType]), ...fallbackInstanceTypes].flatMap((size) =>
    nodes.capacityTypes.flatMap((capacityType) => {
      const known = sizeOf(release, size, { region, capacityType });
      return zones.map((zone) => ({
        instanceType: size,
        capacityType,
        ...(zone === undefined ? {} : { zone }),
        ...known,
      }));
    }),
  );
}

interface Place {
  readonly region: string;
  readonly capacityType: string;
}

function sizeOf(release: Release, name: string, place: Place): Pick<Offering, "type" | "hourlyPriceUsd"> {
  const type = findInstanceType(release, name);
  if (type === undefined) return {};
  const price = priceOf(release, type, place.region, place.capacityType);
  return { type, ...(price === undefined ? {} : { hourlyPriceUsd: price.hourlyUsd }) };
}

/** What the node of a claim costs, in the region it was made for; undefined where no price is known. */
export function claimPrice(release: Release, { labels, region }: Pick<Claim, "labels" | "region">): Price | undefined {
  const type = findInstanceType(release, labels.get(INSTANCE_TYPE_LABEL) ?? "");
  const capacityType = labels.get(CAPACITY_TYPE_LABEL) ?? "on-demand";
  return type === undefined ? undefined : priceOf(release, type, region ?? release.defaults.region, capacityType);
}

interface Refused {
  readonly attempts: readonly Attempt[];
  readonly othersAttempts?: readonly Attempt[];
  readonly release: Release;
  readonly nowMs: number;
}

/** The refusal that keeps an offering from being tried at `nowMs`: of all that do, the one that lasts longest. */
export function refusal(offering: Offering, refused: Refused): Attempt | undefined {
  return longest(closing(offering, refused));
}

function longest(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until) || byCodePoint(a.reason, b.reason))[0];
}

function closing(offering: Offering, { attempts, othersAttempts = [], release, nowMs }: Refused): readonly Attempt[] {
  return [...attempts, ...othersAttempts].filter(
    (attempt) =>
      Date.parse(attempt.until) > nowMs && closes(attempt, findInstanceType(release, attempt.instanceType), offering),
  );
}

/** An offering that was not refused itself. */
export interface ClosedAlong {
  readonly offering: string;
  /** What was refused. */
  readonly by: string;
}

/** The offerings that are not tried because something else was refused, in the user's order. */
export function closedAlong(
  expansion: Expansion,
  refused: Refused,
  volumeZones: readonly string[] = [],
): readonly ClosedAlong[] {
  // Nearly always: then no price is looked up.
  if (refused.attempts.length + (refused.othersAttempts ?? []).length === 0) return [];
  return offerings(expansion, refused.release, volumeZones).flatMap((offering) => {
    const all = closing(offering, refused);
    const by = longest(all);
    if (by === undefined || all.some((attempt) => isSameOffering(attempt, offering))) return [];
    return [{ offering: describeOffering(offering), by: describeOffering(by) }];
  });
}

/** `Standard_NC24ads_A100_v4 (spot, eastus-1)`, also of an attempt, as far as it was stated. */
export function describeOffering(offering: Pick<Attempt, "instanceType" | "capacityType" | "zone">): string {
  const { instanceType, capacityType, zone } = offering;
  const stated = [capacityType, zone].filter((one) => one !== undefined);
  return stated.length === 0 ? instanceType : `${instanceType} (${stated.join(", ")})`;
}
