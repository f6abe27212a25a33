import type { JsonObject } from "../json.ts";
import { type Bin, existingBins } from "./bins.ts";
import { claimOf, ZONE_LABEL } from "./claim.ts";
import { claimSpec } from "./claim-object.ts";
import { daemonRequests } from "./daemons.ts";
import { estimate, estimatedNames, gpuNameOf } from "./estimate.ts";
import { describeOffering, type Offering, offerings, refusal } from "./offerings.ts";
import { claimLabels, type Owner } from "./owner.ts";
import { isOver, nodeOf } from "./pod.ts";
import type { CapacityQuestion } from "./question.ts";
import type { Labels } from "./requirements.ts";
import { minus, type ResourceNames, type Resources } from "./resources.ts";
import type { Row } from "./scheduling/problem.ts";
import { withZoneKeys, zoneKeysOf } from "./volumes/topology-keys.ts";

/** A kind of node that can be bought, as pods will see it. */
export interface Offer {
  readonly offering: Offering;
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  readonly room: Resources;
  readonly known?: ResourceNames;
  /** Its row among the places for pods; absent while it is closed by a refusal: no spread counts on a zone that is sold out. */
  readonly row?: number;
  /** Whose pods it may be bought for. */
  readonly owners: ReadonlySet<string>;
  /** Whether it is the first for one of them that no refusal closes: the price is compared among these only. */
  readonly first: boolean;
}

/** Where pods can go: room that is there or on its way, and what can be bought, in the user's order. */
export interface Places {
  readonly bins: readonly Bin[];
  readonly offers: readonly Offer[];
}

/** @param volumeZones zones that pods need for their volumes */
export function placesOf(question: CapacityQuestion, volumeZones: readonly string[] = []): Places {
  const daemonSets = question.daemonSets ?? [];
  const bins = existingBins(question).map((bin): Bin => {
    const present = question.pods.filter(
      (pod) => bin.node !== undefined && nodeOf(pod) === bin.node.name && !isOver(pod),
    );
    return { ...bin, free: minus(bin.free, daemonRequests(daemonSets, bin, present)) };
  });
  let row = bins.length;
  const offers = unions(question, volumeZones).map(({ offering, owners, first }): Offer => {
    const offer = { ...offerOf(question, offering), owners, first };
    return refusal(offering, question) === undefined ? { ...offer, row: row++ } : offer;
  });
  return { bins, offers };
}

/** What the owner and those who share with it allow, each offering once: the owner's in its order, then theirs. */
function unions(
  question: CapacityQuestion,
  volumeZones: readonly string[],
): readonly Pick<Offer, "offering" | "owners" | "first">[] {
  const found = new Map<string, { offering: Offering; owners: Set<string>; first: boolean }>();
  for (const owner of [question.owner, ...(question.sharers ?? [])]) {
    const allowed = offerings(owner.expansion, question.release, volumeZones);
    const first = allowed.find((offering) => refusal(offering, question) === undefined);
    for (const offering of allowed) {
      const name = describeOffering(offering);
      const known = found.get(name) ?? { offering, owners: new Set<string>(), first: false };
      known.owners.add(nameOf(owner));
      found.set(name, { ...known, first: known.first || offering === first });
    }
  }
  return [...found.values()];
}

export function nameOf({ namespace, name }: Pick<Owner, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

function offerOf(question: CapacityQuestion, offering: Offering): Omit<Offer, "row" | "owners" | "first"> {
  const { owner, settings, daemonSets = [] } = question;
  const labels = claimLabels(owner, settings.provider);
  const node = claimOf({ metadata: { labels }, spec: claimSpec(owner, offering, new Map(), settings) });
  const placed = settings.provider === "gpu-provisioner" ? zoneless(node.labels) : node.labels;
  const seen = { offering, labels: withZoneKeys(placed, zoneKeysOf(question.volumes)), taints: node.taints };
  if (offering.type === undefined) return { ...seen, known: new Set<string>(), room: new Map() };
  const gpu = gpuNameOf(offering.type, owner.expansion.gpu?.resource);
  const room = minus(estimate(offering.type, gpu), daemonRequests(daemonSets, seen));
  return { ...seen, known: estimatedNames, room };
}

/** gpu-provisioner listens to no zone that a claim asks for: its nodes are in none. */
function zoneless(labels: Labels): Labels {
  return new Map([...labels].filter(([key]) => key !== ZONE_LABEL));
}

export function openOffers({ offers }: Pick<Places, "offers">): readonly Offer[] {
  return offers.filter(({ row }) => row !== undefined);
}

export function rowsOfPlaces({ bins, offers }: Places): readonly Row[] {
  return [
    ...bins.map(
      ({ node, labels, taints, free, known }): Row => ({
        exists: true,
        labels,
        taints,
        room: free,
        ...(node === undefined ? {} : { node: node.name }),
        ...(known === undefined ? {} : { known }),
      }),
    ),
    ...openOffers({ offers }).map(
      ({ offering, labels, taints, room, known, first }): Row => ({
        exists: false,
        labels,
        taints,
        room,
        onePod: offering.type === undefined,
        ...(known === undefined ? {} : { known }),
        ...(offering.hourlyPriceUsd === undefined || !first ? {} : { hourlyPriceUsd: offering.hourlyPriceUsd }),
      }),
    ),
  ];
}
