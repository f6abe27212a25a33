import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Bin } from "./bins.ts";
import { buyer, ownerOfPod } from "./buyer.ts";
import type { NotBought } from "./choose-offering.ts";
import { claimOf } from "./claim.ts";
import { claimName, claimObject, claimSpec, type NamesInUse } from "./claim-object.ts";
import { placedElsewhere, rowsElsewhere } from "./elsewhere.ts";
import { textAt } from "./fields.ts";
import type { Offering } from "./offerings.ts";
import { compareDemands } from "./order.ts";
import { nameOf, type Offer, openOffers, type Places, placesOf, rowsOfPlaces } from "./places.ts";
import { type Demand, isOver, nodeOf, podKey, schedulingFacts, waitingDemand, withVolumes } from "./pod.ts";
import type { CapacityPlan, CapacityQuestion, Waiting } from "./question.ts";
import { askedFor, atScheduler, claiming, claimsDevices, onItsWay, unplaced } from "./reasons.ts";
import { type Resources, sum } from "./resources.ts";
import { cheapest } from "./scheduling/cheapest.ts";
import type { PlacedPod, WaitingPod } from "./scheduling/problem.ts";
import { schedule } from "./scheduling/schedule.ts";
import { spotMaxPrice } from "./spot-price.ts";
import { zonesOf } from "./volumes/volume-rules.ts";

/**
 * Which NodeClaims to create for the pods that wait, and for each of them one reason why it has no node yet. Room that is
 * there or on its way is used first. Pure, and the same for any order of pods, nodes and claims.
 */
export function planCapacity(question: CapacityQuestion): CapacityPlan {
  const own = question.pods.filter((pod) => isOf(question, pod));
  const waiting = own.map(waitingDemand).filter((demand) => demand !== undefined);
  const all = [...waiting, ...question.ahead]
    .map((demand) => withVolumes(demand, question.volumes))
    .sort(compareDemands);
  if (!provisions(question)) {
    const told = all.map((demand) => unplaced(demand, question));
    return { create: [], waiting: told, placeable: [], promised: new Set() };
  }
  const demands = all.filter((demand) => !claimsDevices(demand));
  const places = placesOf(question, zonesOf(demands.flatMap(({ volumes = [] }) => volumes)));
  const rows = rowsOfPlaces(places);
  const others = question.elsewhere ?? { pods: [], nodes: new Map() };
  const byKey = new Map(demands.map((demand) => [demand.key, demand]));
  const problem = {
    pods: demands.map((demand) => waitingPod(demand, nameOf(ownerOfPod(question, demand)))),
    placed: [...placedPods(question, places), ...placedElsewhere(others, rows.length)],
    rows: [...rows, ...rowsElsewhere(others)],
    ...(question.namespaces === undefined ? {} : { namespaces: question.namespaces }),
    // A GPU node costs too much to be bought for what somebody would only prefer.
    preferences: "thrifty" as const,
  };
  const opener = () => buyer(question, places, byKey);
  // Alone, the user's order decides; for several who share, the price among what each of them would take first.
  const shared = (question.sharers ?? []).length > 0;
  const { nodes, failures } = shared
    ? cheapest<NotBought>({ ...problem, opener })
    : schedule<NotBought>({ ...problem, open: opener() });
  const plan: Mutable = { waiting: new Map(), placeable: new Set(), promised: new Set(), planned: [] };
  for (const node of nodes) {
    const row = node.choice;
    const taken = node.pods.map((pod) => demands[pod] as Demand);
    const bin = places.bins[row];
    if (bin !== undefined) useBin(question, plan, bin, taken);
    else useOffer(plan, openOffers(places)[row - places.bins.length], taken);
  }
  const times: number[] = [];
  for (const [pod, { nextTryMs, ...told }] of failures) {
    const { key } = demands[pod] as Demand;
    plan.waiting.set(key, { ...told, pod: key });
    if (nextTryMs !== undefined) times.push(nextTryMs);
  }
  return {
    ...named(question, plan.planned),
    waiting: all
      .map((demand) => (claimsDevices(demand) ? claiming(demand) : plan.waiting.get(demand.key)))
      .filter((one) => one !== undefined),
    placeable: demands.map(({ key }) => key).filter((key) => plan.placeable.has(key)),
    promised: plan.promised,
    awaitsOthers: [...plan.waiting.values()].some(({ reason }) => reason === "Unschedulable"),
    ...(times.length === 0 ? {} : { nextTryMs: Math.min(...times) }),
  };
}

interface Mutable {
  readonly waiting: Map<string, Waiting>;
  readonly placeable: Set<string>;
  readonly promised: Set<string>;
  readonly planned: {
    readonly offering: Offering;
    readonly requests: Resources;
    /** Keys; empty where a pod among them is to come. */
    readonly pods: readonly string[];
  }[];
}

/** Pods of others may be among the pods (they take room on our nodes), but only those of the owner and its sharers are planned. */
function isOf({ owner, sharers = [] }: CapacityQuestion, pod: JsonObject): boolean {
  return [owner, ...sharers].some(
    ({ namespace, name }) =>
      textAt(pod, "metadata", "namespace") === namespace && textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === name,
  );
}

function provisions(question: CapacityQuestion): boolean {
  return question.owner.expansion.nodes.provision && question.settings.provider !== "byo";
}

function waitingPod({ key, labels, spec, volumes }: Demand, buyer: string): WaitingPod {
  const namespace = key.slice(0, Math.max(0, key.indexOf("/")));
  const pod = { key, namespace, labels, spec, buyer };
  return volumes === undefined ? pod : { ...pod, volumes: volumes.map(({ terms }) => terms) };
}

/** Pods that run on the owner's nodes, for rules of pods about pods; those on their way out do not count any more. */
function placedPods({ pods }: CapacityQuestion, { bins }: Places): readonly PlacedPod[] {
  const rows = new Map(bins.flatMap(({ node }, row) => (node === undefined ? [] : [[node.name, row] as const])));
  return pods.flatMap((pod): readonly PlacedPod[] => {
    const row = rows.get(nodeOf(pod) ?? "");
    if (row === undefined || isOver(pod) || bins[row]?.ending.includes(podKey(pod)) === true) return [];
    return [{ ...schedulingFacts(pod), row }];
  });
}

function useBin(question: CapacityQuestion, plan: Mutable, bin: Bin, demands: readonly Demand[]): void {
  plan.promised.add(bin.claim.name);
  for (const demand of demands) {
    const told = bin.node === undefined ? onItsWay(demand, bin) : atScheduler(question, demand, bin);
    plan.waiting.set(demand.key, told);
    if (bin.node !== undefined && bin.ending.length === 0) plan.placeable.add(demand.key);
  }
}

function useOffer(plan: Mutable, offer: Offer | undefined, demands: readonly Demand[]): void {
  if (offer === undefined) return;
  const { offering } = offer;
  for (const demand of demands) plan.waiting.set(demand.key, askedFor(demand, offering));
  plan.planned.push({
    offering,
    requests: demands.map(({ requests }) => requests).reduce(sum, new Map()),
    pods: demands.some(({ refusal }) => refusal === undefined) ? [] : demands.map(({ key }) => key),
  });
}

/** Names are given at the end, when it is known what each claim holds. */
function named(
  question: CapacityQuestion,
  planned: Mutable["planned"],
): { readonly create: readonly JsonObject[]; readonly createdFor: ReadonlyMap<string, readonly string[]> } {
  const { owner, settings } = question;
  const live = new Set<string>();
  const deleting = new Set<string>();
  const isHeld = (name: string): boolean => question.heldNames?.has(name) === true;
  for (const claim of question.claims.map(claimOf)) (claim.deleting ? deleting : live).add(claim.name);
  // Its own live claims are among those held, and met first.
  const inUse: NamesInUse = { live, deleting: { has: (name) => deleting.has(name) || isHeld(name) } };
  const nextSlot = new Map<string, number>();
  const offers = planned.map(({ offering }) => offering);
  const createdFor = new Map<string, readonly string[]>();
  const create = planned.map(({ offering, requests, pods }) => {
    const spec = claimSpec(owner, offering, requests, settings);
    const text = JSON.stringify(spec);
    const { name, slot } = claimName(owner, spec, inUse, nextSlot.get(text));
    live.add(name);
    nextSlot.set(text, slot + 1);
    createdFor.set(name, pods);
    return claimObject(owner, name, spec, settings.provider, spotMaxPrice(question, offers, offering));
  });
  return { create, createdFor };
}
