import type { JsonObject } from "../json.ts";
import { type Bin, existingBins } from "./bins.ts";
import { claimOf } from "./claim.ts";
import { claimSpec } from "./claim-object.ts";
import { daemonRequests } from "./daemons.ts";
import { estimate, estimatedNames } from "./estimate.ts";
import { type Offering, offerings, refusal } from "./offerings.ts";
import { claimLabels } from "./owner.ts";
import { isOver, nodeOf } from "./pod.ts";
import type { CapacityQuestion } from "./question.ts";
import type { Labels } from "./requirements.ts";
import { minus, type Resources } from "./resources.ts";
import type { Row } from "./scheduling/problem.ts";

/** A kind of node that can be bought, as pods will see it. */
export interface Offer {
  readonly offering: Offering;
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  readonly room: Resources;
  readonly known?: ReadonlySet<string>;
  /** Its row among the places for pods; absent while it is closed by a refusal: no spread counts on a zone that is sold out. */
  readonly row?: number;
}

/** Where pods can go: room that is there or on its way, and what can be bought, in the user's order. */
export interface Places {
  readonly bins: readonly Bin[];
  readonly offers: readonly Offer[];
}

export function placesOf(question: CapacityQuestion): Places {
  const daemonSets = question.daemonSets ?? [];
  const bins = existingBins(question).map((bin): Bin => {
    const present = question.pods.filter(
      (pod) => bin.node !== undefined && nodeOf(pod) === bin.node.name && !isOver(pod),
    );
    return { ...bin, free: minus(bin.free, daemonRequests(daemonSets, bin, present)) };
  });
  let row = bins.length;
  const offers = offerings(question.owner.expansion, question.release).map((offering): Offer => {
    const offer = offerOf(question, offering);
    return refusal(offering, question) === undefined ? { ...offer, row: row++ } : offer;
  });
  return { bins, offers };
}

function offerOf(question: CapacityQuestion, offering: Offering): Offer {
  const { owner, settings, daemonSets = [] } = question;
  const labels = claimLabels(owner, settings.provider);
  const node = claimOf({ metadata: { labels }, spec: claimSpec(owner, offering, new Map(), settings) });
  const seen = { offering, labels: node.labels, taints: node.taints };
  if (offering.type === undefined) return { ...seen, known: new Set<string>(), room: new Map() };
  const gpu = owner.expansion.gpu?.resource ?? "nvidia.com/gpu";
  const room = minus(estimate(offering.type, gpu), daemonRequests(daemonSets, seen));
  return { ...seen, known: estimatedNames(gpu), room };
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
      ({ offering, labels, taints, room, known }): Row => ({
        exists: false,
        labels,
        taints,
        room,
        onePod: offering.type === undefined,
        ...(known === undefined ? {} : { known }),
        ...(offering.hourlyPriceUsd === undefined ? {} : { hourlyPriceUsd: offering.hourlyPriceUsd }),
      }),
    ),
  ];
}
