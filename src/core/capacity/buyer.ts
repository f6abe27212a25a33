import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { Bin } from "./bins.ts";
import type { Spent } from "./ceilings.ts";
import { judge, type Ledger, misfit, type NotBought, notBought, type Verdict } from "./choose-offering.ts";
import { nameOf as nameOfObject, textAt } from "./fields.ts";
import { describeOffering } from "./offerings.ts";
import type { Owner } from "./owner.ts";
import { nameOf, type Offer, type Places } from "./places.ts";
import type { Demand } from "./pod.ts";
import type { CapacityQuestion } from "./question.ts";
import { add, has, type Mask } from "./scheduling/mask.ts";
import type { OpenAnswer, OpenRequest } from "./scheduling/problem.ts";
import { emptyAndTooSmall, provenTooSmall } from "./too-small.ts";
import { plusUsage, usageOf, usageOfOffering } from "./usage.ts";
import { volumeConflict, volumeWords } from "./volumes/volume-conflict.ts";
import { unreached } from "./volumes/volume-rules.ts";

export type Buy = (request: OpenRequest) => OpenAnswer<NotBought>;

/** Decides node by node what is bought for one owner: the first offering in the user's order that can be had. */
export function buyer(question: CapacityQuestion, places: Places, demands: ReadonlyMap<string, Demand>): Buy {
  const { bins, offers } = places;
  let spent: Ledger = { ...spentBefore(question, places), planned: [] };
  const allowance = question.allowance ?? { claims: Number.POSITIVE_INFINITY, reason: "LimitReached", message: "" };
  return (request) => {
    const demand = demands.get(request.pod.key);
    if (demand === undefined) return { refusal: notBought([]) };
    const tooSmall = emptyAndTooSmall(bins, request, demand);
    const needless = neededNot(question, places, { request, demand, tooSmall, planned: spent.planned.length });
    if (needless !== undefined) return { refusal: needless };
    const owner = ownerOfPod(question, demand);
    const allowed = offers.filter(({ owners }) => owners.has(nameOf(owner)));
    const reachable = allowed.filter(({ labels }) => unreached(demand.volumes, labels).length === 0);
    const judged = (offer: Offer): Verdict =>
      provenTooSmall(offer, tooSmall, demand) ??
      misfit(offer, demand) ??
      rulesProblem(request, offer) ??
      judge({ ...question, owner }, spent, offer);
    const chosen = firstOf(reachable, judged);
    if ("verdicts" in chosen)
      return { refusal: withVolumeWords(notBought(chosen.verdicts), demand, allowed, reachable) };
    if (spent.planned.length >= allowance.claims) return { refusal: allowance };
    spent = spentWith(spent, chosen.offer);
    return { rows: only(request.rows, chosen.row) };
  };
}

type Choice = { readonly offer: Offer; readonly row: number } | { readonly verdicts: readonly Verdict[] };

/** The first that can be had, or why none can. */
function firstOf(offers: readonly Offer[], judged: (offer: Offer) => Verdict): Choice {
  const verdicts: Verdict[] = [];
  for (const offer of offers) {
    const verdict = judged(offer);
    if (verdict.kind === "ok" && offer.row !== undefined) return { offer, row: offer.row };
    verdicts.push(verdict);
  }
  return { verdicts };
}

/** What is not bought for the pod's volumes is told, and alone where nothing else could be tried. */
function withVolumeWords(
  refusal: NotBought,
  { volumes = [] }: Demand,
  allowed: readonly Offer[],
  reachable: readonly Offer[],
): NotBought {
  if (reachable.length === allowed.length) return refusal;
  if (reachable.length === 0) return volumeConflict(volumes, allowed);
  return { ...refusal, message: `${refusal.message}; ${volumeWords(volumes)}` };
}

interface Asked {
  readonly request: OpenRequest;
  readonly demand: Demand;
  readonly tooSmall: readonly Bin[];
  /** How many nodes this plan buys so far. */
  readonly planned: number;
}

/** Why no node is bought, whatever could be had: there are enough. */
function neededNot(question: CapacityQuestion, { bins }: Places, asked: Asked): NotBought | undefined {
  const { request, tooSmall, planned } = asked;
  // One that is too small is no node for the pod; it keeps its like from being bought, so that this comes to an end.
  const there = bins.filter((bin, row) => has(request.suitable, row) && !tooSmall.includes(bin)).length;
  return overBound(question, there + planned);
}

/** The Workspace the pod is of; a pod that does not say so is the owner's. */
export function ownerOfPod({ owner, sharers = [] }: CapacityQuestion, { key, labels }: Demand): Owner {
  const name = textAt(labels, WORKSPACE_LABEL);
  const namespace = key.slice(0, Math.max(0, key.indexOf("/")));
  return sharers.find((one) => one.name === name && one.namespace === namespace) ?? owner;
}

function only(rows: Mask, row: number): Mask {
  const mask = new Uint32Array(rows.length);
  add(mask, row);
  return mask;
}

function rulesProblem({ rows }: OpenRequest, { offering, row }: Offer): Verdict | undefined {
  if (row === undefined || has(rows, row)) return undefined;
  const where = offering.zone === undefined ? "; state zones with foresail.dev/zones" : "";
  const message = `${describeOffering(offering)} would break the pod's topology spread or pod affinity${where}`;
  return { kind: "rules", message };
}

/** What is spent before anything is bought. A node that goes still costs: only gone is gone. */
function spentBefore({ claims, release, usage }: CapacityQuestion, { bins }: Places): Spent {
  const there = new Set(bins.map(({ claim }) => claim.name));
  const own = claims.filter((claim) => there.has(nameOfObject(claim)));
  const leaving = claims.filter((claim) => !own.includes(claim));
  const names = leaving.map(nameOfObject).sort();
  return { own: usageOf(own, release), leaving: { ...usageOf(leaving, release), claims: names }, usage };
}

function spentWith({ leaving, planned, ...before }: Ledger, offer: Offer): Ledger {
  const bought = usageOfOffering(offer.offering);
  const own = plusUsage(before.own, bought);
  return { own, leaving, usage: plusUsage(before.usage, bought), planned: [...planned, offer] };
}

/**
 * A last line of defence against a loop that would order node after node: never more matching claims than pods, plus one
 * for the pod that a roll-out starts before the old one stops.
 */
function overBound({ owner, desiredPods }: CapacityQuestion, have: number): NotBought | undefined {
  if (owner.expansion.nodes.share !== undefined) return undefined;
  const most = desiredPods + (owner.expansion.workload.rollout === "surge" ? 1 : 0);
  if (have < most) return undefined;
  const message = `${have} nodes are there or on their way for ${desiredPods} pods: no further one is created`;
  return { reason: "LimitReached", message, next: "nothing to do: nodes that no pod uses go after the grace period" };
}
