import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import { type Bin, existingBins, obstacles, taken } from "./bins.ts";
import { chooseOffering, type Spent } from "./choose-offering.ts";
import { claimOf } from "./claim.ts";
import { claimName, claimObject, claimSpec, type NamesInUse } from "./claim-object.ts";
import { estimate, estimatedNames } from "./estimate.ts";
import { textAt } from "./fields.ts";
import { claimPriceUsd, type Offering } from "./offerings.ts";
import { compareDemands } from "./order.ts";
import { claimLabels } from "./owner.ts";
import { type Demand, waitingDemand } from "./pod.ts";
import type { CapacityPlan, CapacityQuestion, Waiting } from "./question.ts";
import { askedFor, atScheduler, doesNotFit, onItsWay, unplaced } from "./reasons.ts";
import { type Resources, sum } from "./resources.ts";

/** A claim this plan creates, while pods are still added to it. */
interface Planned {
  readonly offering: Offering;
  readonly requests: Resources;
  readonly bin: Bin;
}

interface State {
  readonly bins: readonly Bin[];
  readonly planned: readonly Planned[];
  readonly waiting: readonly Waiting[];
  readonly placeable: readonly string[];
  readonly promised: ReadonlySet<string>;
  readonly nextTryMs: number | undefined;
}

/**
 * Which NodeClaims to create for the pods that wait, and for each of them one reason why it has no node yet. Room that is
 * there or on its way is used first. Pure, and the same for any order of pods, nodes and claims.
 */
export function planCapacity(question: CapacityQuestion): CapacityPlan {
  const demands = [
    ...question.pods
      .filter((pod) => isOf(question, pod))
      .map(waitingDemand)
      .filter((demand) => demand !== undefined),
    ...question.ahead,
  ];
  let state: State = {
    bins: existingBins(question),
    planned: [],
    waiting: [],
    placeable: [],
    promised: new Set(),
    nextTryMs: undefined,
  };
  for (const demand of [...demands].sort(compareDemands)) state = place(question, state, demand);
  const { nextTryMs } = state;
  return {
    create: named(question, state.planned),
    waiting: state.waiting,
    placeable: state.placeable,
    promised: state.promised,
    ...(nextTryMs === undefined ? {} : { nextTryMs }),
  };
}

/** Pods of others may be among the pods (they take room on our nodes), but only the owner's are planned for. */
function isOf({ owner }: CapacityQuestion, pod: JsonObject): boolean {
  return (
    textAt(pod, "metadata", "namespace") === owner.namespace &&
    textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === owner.name
  );
}

function place(question: CapacityQuestion, state: State, demand: Demand): State {
  if (!provisions(question)) return waits(state, unplaced(demand, question));
  const index = state.bins.findIndex((bin) => fits(bin, demand));
  const bin = state.bins[index];
  if (bin !== undefined) return intoBin(question, state, demand, bin);
  const planned = state.planned.find((one) => fits(one.bin, demand));
  if (planned !== undefined) return intoPlanned(state, demand, planned);
  const tooSmall = state.bins.find((one) => one.pods === 0 && obstacles(one, demand).kept.length === 0);
  if (tooSmall !== undefined) return waits(state, doesNotFit(demand, tooSmall));
  return intoNew(question, state, demand);
}

function provisions(question: CapacityQuestion): boolean {
  return question.owner.expansion.nodes.provision && question.settings.provider !== "byo";
}

function fits(bin: Bin, demand: Demand): boolean {
  const { kept, lacking } = obstacles(bin, demand);
  return kept.length === 0 && lacking.length === 0;
}

function waits(state: State, waiting: Waiting): State {
  return { ...state, waiting: [...state.waiting, waiting] };
}

function intoBin(question: CapacityQuestion, state: State, demand: Demand, bin: Bin): State {
  return {
    ...waits(state, bin.node === undefined ? onItsWay(demand, bin.claim) : atScheduler(question, demand, bin)),
    placeable: bin.node === undefined || bin.ending.length > 0 ? state.placeable : [...state.placeable, demand.key],
    bins: state.bins.map((one) => (one === bin ? taken(bin, demand) : one)),
    promised: new Set([...state.promised, bin.claim.name]),
  };
}

function intoPlanned(state: State, demand: Demand, planned: Planned): State {
  const grown = { ...planned, requests: sum(planned.requests, demand.requests), bin: taken(planned.bin, demand) };
  return {
    ...waits(state, askedFor(demand, planned.offering)),
    planned: state.planned.map((one) => (one === planned ? grown : one)),
  };
}

function intoNew(question: CapacityQuestion, state: State, demand: Demand): State {
  const bound = overBound(question, state, demand);
  if (bound !== undefined) return waits(state, bound);
  const choice = chooseOffering(question, demand, spent(question, state));
  switch (choice.kind) {
    case "none": {
      const next = Math.min(choice.nextTryMs ?? Number.POSITIVE_INFINITY, state.nextTryMs ?? Number.POSITIVE_INFINITY);
      return { ...waits(state, choice.waiting), nextTryMs: Number.isFinite(next) ? next : undefined };
    }
    case "offering":
      if (state.planned.length >= (question.allowance?.claims ?? Number.POSITIVE_INFINITY)) {
        const { reason = "LimitReached", message = "" } = question.allowance ?? {};
        return waits(state, { pod: demand.key, reason, message });
      }
      return {
        ...waits(state, askedFor(demand, choice.offering)),
        planned: [...state.planned, newClaim(question, demand, choice.offering)],
      };
  }
}

function newClaim(question: CapacityQuestion, demand: Demand, offering: Offering): Planned {
  const { owner, settings } = question;
  const gpu = owner.expansion.gpu?.resource ?? "nvidia.com/gpu";
  const spec = claimSpec(owner, offering, demand.requests, settings);
  const claim = claimOf({ metadata: { labels: claimLabels(owner, settings.provider) }, spec });
  const room: Pick<Bin, "known" | "free"> =
    offering.type === undefined
      ? // Nothing is known of this size but that it is asked to hold this pod: no second one goes there.
        { known: new Set(demand.requests.keys()), free: demand.requests }
      : { known: estimatedNames(gpu), free: estimate(offering.type, gpu) };
  const bin = { claim, labels: claim.labels, taints: claim.taints, ...room, pods: 0, ending: [] };
  return { offering, requests: demand.requests, bin: taken(bin, demand) };
}

/** Names are given at the end, when it is known what each claim holds. */
function named(question: CapacityQuestion, planned: readonly Planned[]): readonly JsonObject[] {
  const { owner, settings } = question;
  const live = new Set<string>();
  const deleting = new Set<string>();
  const isHeld = (name: string): boolean => question.heldNames?.has(name) === true;
  for (const claim of question.claims.map(claimOf)) (claim.deleting ? deleting : live).add(claim.name);
  // Its own live claims are among those held, and met first.
  const inUse: NamesInUse = { live, deleting: { has: (name) => deleting.has(name) || isHeld(name) } };
  return planned.map(({ offering, requests }) => {
    const spec = claimSpec(owner, offering, requests, settings);
    const name = claimName(owner, spec, inUse);
    live.add(name);
    return claimObject(owner, name, spec, settings.provider);
  });
}

function spent(question: CapacityQuestion, state: State): Spent {
  const asked = state.planned.map((one) => one.offering);
  const price = asked.reduce((total, offering) => total + (offering.hourlyPriceUsd ?? 0), 0);
  const region = question.owner.expansion.nodes.region;
  const own = state.bins.reduce(
    (total, { claim }) => total + (claimPriceUsd(question.release, claim.labels, region) ?? 0),
    0,
  );
  const { usage } = question;
  return {
    ownerHourlyPriceUsd: own + price,
    usage: {
      nodes: usage.nodes + asked.length,
      gpus: usage.gpus + asked.reduce((total, offering) => total + (offering.type?.gpuCount ?? 0), 0),
      hourlyPriceUsd: usage.hourlyPriceUsd + price,
    },
  };
}

/**
 * A last line of defence against a loop that would order node after node: never more matching claims than pods, plus one
 * for the pod that a roll-out starts before the old one stops.
 */
function overBound(question: CapacityQuestion, state: State, demand: Demand): Waiting | undefined {
  if (question.owner.expansion.nodes.share !== undefined) return undefined;
  const most = question.desiredPods + (question.owner.expansion.workload.rollout === "surge" ? 1 : 0);
  const have = state.bins.filter((bin) => obstacles(bin, demand).kept.length === 0).length + state.planned.length;
  if (have < most) return undefined;
  const message = `${have} nodes are there or on their way for ${question.desiredPods} pods: no further one is created`;
  return { pod: demand.key, reason: "LimitReached", message };
}
