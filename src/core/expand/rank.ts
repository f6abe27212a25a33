import type { InstanceType, Release } from "../catalogue.ts";
import { type Fit, isMisfit } from "../memory/fit.ts";
import { cloudOf, type Price, priceOf, roundUsd, shownPrice } from "../prices.ts";
import { remember } from "./ranking-memo.ts";
import { fitOn, type Job, unverified, whyNoImage } from "./size.ts";

/** One size that can do a job, and what it comes to. */
export interface Offer {
  readonly type: InstanceType;
  /** Nodes of one replica. */
  readonly nodeCount: number;
  /** All nodes of one replica, per hour, paid in the way the user names first. */
  readonly hourlyPriceUsd: number;
  /** One node: whether the price is a bound, and where it is from. */
  readonly price: Price;
  /** Memory, longest context and concurrency there. */
  readonly fit: Fit;
}

/** A size of the region's cloud that is not offered, and the first reason why. */
export interface Unoffered {
  readonly type: InstanceType;
  readonly reason: string;
}

export interface Ranking {
  /** Cheapest first; ties by fewer nodes, then by name. */
  readonly fits: readonly Offer[];
  readonly not: readonly Unoffered[];
}

/** What the user allows, beside the region. */
export interface Constraints {
  /** In the user's order; the first is what prices are compared by. Absent: on demand. */
  readonly capacityTypes?: readonly string[];
  /** USD per hour for all nodes of all replicas. */
  readonly maxHourlyPriceUsd?: number;
  /** Absent: one. */
  readonly replicas?: number;
  /** Whether one node must hold a replica: of several there can be one group only. */
  readonly oneNode?: boolean;
}

// Every stage of a pipeline between nodes adds the network's latency to a token, and any one node lost stops them all.
const MOST_CHOSEN_NODES = 4;
// A size chosen for the user must leave room for real prompts; a size the user names may give as little as 2,048.
const CHOSEN_CONTEXT_TOKENS = 8192;

/** What all nodes of all replicas come to. */
export type Cost = Pick<Price, "hourlyUsd" | "bound">;

/** Every size of the region's cloud: in order of price those that are verified, fit and are allowed, and why not the rest. */
export function rankSizes(release: Release, job: Job, region: string, constraints: Constraints = {}): Ranking {
  const capacityType = constraints.capacityTypes?.[0] ?? "on-demand";
  const ranking = remember(release, job, [region, capacityType], () => rank(release, job, region, capacityType));
  if (constraints.maxHourlyPriceUsd === undefined && constraints.oneNode !== true) return ranking;
  const fits: Offer[] = [];
  const not: Unoffered[] = [...ranking.not];
  for (const offer of ranking.fits) {
    const reason = whyNotAllowed(release, offer, region, constraints);
    if (reason === undefined) fits.push(offer);
    else not.push({ type: offer.type, reason });
  }
  return { fits, not };
}

function whyNotAllowed(release: Release, offer: Offer, region: string, constraints: Constraints): string | undefined {
  if (constraints.oneNode === true && offer.nodeCount > 1)
    return `a replica takes ${offer.nodeCount} nodes, and several replicas need one each`;
  const { maxHourlyPriceUsd: most } = constraints;
  const cost = most === undefined ? undefined : leastCost(release, offer, region, constraints);
  if (most === undefined || cost === undefined || cost.hourlyUsd <= most) return undefined;
  return `${shownPrice(cost.hourlyUsd, cost.bound)} is above the limit of $${most}`;
}

/** Verified sizes of the region that fit, cheapest first. */
export function offers(release: Release, job: Job, region: string, constraints: Constraints = {}): readonly Offer[] {
  return rankSizes(release, job, region, constraints).fits;
}

/**
 * The least that all replicas can cost in one of the ways the user allows: the planner buys in none that is above the
 * limit. Undefined where the region does not offer the size.
 */
export function leastCost(
  release: Release,
  { type, nodeCount }: Pick<Offer, "type" | "nodeCount">,
  region: string,
  { capacityTypes = ["on-demand"], replicas = 1 }: Constraints,
): Cost | undefined {
  let least: Cost | undefined;
  for (const capacityType of capacityTypes) {
    const price = priceOf(release, type, region, capacityType);
    if (price !== undefined && (least === undefined || price.hourlyUsd < least.hourlyUsd)) least = price;
  }
  if (least === undefined) return undefined;
  return { hourlyUsd: roundUsd(least.hourlyUsd * nodeCount * replicas), bound: least.bound };
}

/** `2 × Standard_NV36ads_A10_v5 ($6.40/h)` */
export function shownOffer({ type, nodeCount, hourlyPriceUsd, price }: Offer): string {
  return `${shownNodes(type.name, nodeCount)} (${shownPrice(hourlyPriceUsd, price.bound)})`;
}

export function shownNodes(typeName: string, nodeCount: number): string {
  return `${nodeCount > 1 ? `${nodeCount} × ` : ""}${typeName}`;
}

function rank(release: Release, job: Job, region: string, capacityType: string): Ranking {
  const cloud = cloudOf(release, region);
  const fits: Offer[] = [];
  const not: Unoffered[] = [];
  for (const type of release.instanceTypes) {
    if (type.cloud !== cloud) continue;
    const price = priceOf(release, type, region, capacityType);
    const found = judge(release, job, type);
    if (price === undefined) not.push({ type, reason: `no price is known in ${region}` });
    else if (typeof found === "string") not.push({ type, reason: found });
    else {
      const { nodeCount } = found;
      fits.push({ type, nodeCount, hourlyPriceUsd: roundUsd(price.hourlyUsd * nodeCount), price, fit: found });
    }
  }
  return { fits: fits.sort(compareOffers), not };
}

/** How the job fits on a size that may be chosen, or why it is not chosen. */
function judge(release: Release, job: Job, type: InstanceType): Fit | string {
  const reason = unverified(type);
  if (reason !== undefined) return reason;
  const fit = fitOn(release, job, type);
  if (fit === undefined) return whyNoImage(release, job, type);
  if (isMisfit(fit)) return `one GPU must hold ${fit.neededGiB} GiB and offers ${fit.availableGiB}`;
  if (fit.nodeCount > MOST_CHOSEN_NODES) {
    return `it takes ${fit.nodeCount} nodes; a size is chosen up to ${MOST_CHOSEN_NODES}, more only when it is named`;
  }
  const wanted = Math.min(CHOSEN_CONTEXT_TOKENS, job.model.contextTokens);
  const { maxModelLen } = fit.memory;
  if (job.tuningMethod !== undefined || maxModelLen >= wanted) return fit;
  return `it leaves room for ${maxModelLen} tokens of context; a size is chosen from ${wanted}`;
}

function compareOffers(a: Offer, b: Offer): number {
  return a.hourlyPriceUsd - b.hourlyPriceUsd || a.nodeCount - b.nodeCount || (a.type.name < b.type.name ? -1 : 1);
}
