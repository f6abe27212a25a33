import { askedAlike } from "../capacity/attempts.ts";
import { textAt } from "../capacity/fields.ts";
import { planCapacity } from "../capacity/plan-capacity.ts";
import { type Demand, nodeOf, podKey, waitingDemand } from "../capacity/pod.ts";
import type { CapacityQuestion, Waiting, WaitReason } from "../capacity/question.ts";
import type { Catalogue } from "../catalogue.ts";
import { errors, type Issue } from "../issue.ts";
import { canonicalJson, type JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { expandPod } from "../preset-pod/expand-pod.ts";
import { expandedWith } from "../preset-pod/preset-pod.ts";
import { OPT_IN, OPT_IN_LABEL } from "../preset-pod/words.ts";
import { issueMessage } from "../review.ts";
import { withStep } from "../status/trouble.ts";
import type { World } from "../world.ts";
import { breaker } from "./breaker.ts";
import { awaitsLaunches, launchAllowance } from "./launch-budget.ts";
import { capacityTimesMs } from "./look-again.ts";
import { type PodNews, podNews } from "./pod-news.ts";
import { presetAttempts } from "./preset-attempts.ts";
import { surroundings } from "./surroundings.ts";

export interface PresetCapacity {
  /** NodeClaims to create. */
  readonly create: readonly JsonObject[];
  readonly createdFor?: ReadonlyMap<string, readonly string[]>;
  readonly told: readonly PodNews[];
  readonly placeable: readonly string[];
  readonly againMs: readonly number[];
  readonly awaitsLaunches: boolean;
}

interface Group {
  readonly expansion: Expansion;
  readonly pods: readonly JsonObject[];
  readonly demands: readonly Demand[];
}

// The next group's claims are planned when the watch has shown those of this one.
const NEXT_GROUP_MS = 1000;

const nothing: PresetCapacity = { create: [], told: [], placeable: [], againMs: [], awaitsLaunches: false };

/** Nodes for the expanded pods of one owner that wait for one. */
export function presetCapacity(
  world: World,
  expanded: readonly JsonObject[],
  catalogue: Catalogue,
  optedIn: boolean,
): PresetCapacity {
  const waiting = expanded.filter((pod) => waitingDemand(pod) !== undefined && expandedWith(pod) !== undefined);
  if (waiting.length === 0) return nothing;
  if (!optedIn) {
    const note = `no node is created: label its namespace ${OPT_IN_LABEL}=${OPT_IN}`;
    return { ...nothing, told: waiting.map((pod) => news(pod, "PresetNotExpanded", note)) };
  }
  const { groups, wrong } = grouped(waiting, catalogue);
  const attempts = presetAttempts(world);
  const open = breaker(attempts, world.nowMs);
  const allowance = open ?? launchAllowance(world.launching);
  const common = { attempts, ...(allowance === undefined ? {} : { allowance }), release: catalogue.current };
  const plans = groups.map((group) => ({ group, plan: planCapacity(question(world, group, common)) }));
  // Groups know nothing of each other's claims, so one of them buys at a time.
  const buying = plans.findIndex(({ plan }) => plan.create.length > 0);
  const told = plans.flatMap(({ group, plan }, i) =>
    plan.waiting.filter(({ reason }) => isNews(reason, i === buying)).flatMap((one) => tell(group, one)),
  );
  const failed = waiting.flatMap((pod) =>
    world.failure === undefined ? [] : [news(pod, "ApplyFailed", world.failure)],
  );
  return {
    create: plans[buying]?.plan.create ?? [],
    createdFor: plans[buying]?.plan.createdFor ?? new Map(),
    told: [...told, ...wrong, ...failed],
    placeable: plans.flatMap(({ plan }) => plan.placeable),
    awaitsLaunches: plans.some(({ plan }) => awaitsLaunches(world.launching, plan)),
    againMs: [
      ...plans.flatMap(({ plan }) => capacityTimesMs(plan, world.nowMs)),
      ...(open === undefined ? [] : [open.untilMs - world.nowMs]),
      ...(plans.filter(({ plan }) => plan.create.length > 0).length > 1 ? [NEXT_GROUP_MS] : []),
    ],
  };
}

/** A roll-out of a StatefulSet has pods of two templates under one owner; those that ask for the same are planned together. */
function grouped(
  pods: readonly JsonObject[],
  catalogue: Catalogue,
): { readonly groups: readonly Group[]; readonly wrong: readonly PodNews[] } {
  const groups = new Map<string, Group>();
  const wrong: PodNews[] = [];
  for (const pod of pods) {
    const { expansion, issues } = expandPod(pod, textAt(pod, "metadata", "namespace") ?? "", catalogue);
    const demand = waitingDemand(pod);
    if (expansion === undefined || demand === undefined) {
      wrong.push(news(pod, "PresetNotExpanded", told(issues)));
      continue;
    }
    const key = canonicalJson(expansion);
    const known = groups.get(key) ?? { expansion, pods: [], demands: [] };
    groups.set(key, { ...known, pods: [...known.pods, pod], demands: [...known.demands, demand] });
  }
  const inOrder = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return { groups: inOrder, wrong };
}

function told(issues: readonly Issue[]): string {
  return `no node is created: ${issueMessage(errors(issues))}`;
}

function question(
  world: World,
  { expansion, pods, demands }: Group,
  common: Pick<CapacityQuestion, "attempts" | "allowance" | "release">,
): CapacityQuestion {
  return {
    // Shared nodes are found by their key alone; the pods are given as demands, whoever owns them.
    owner: { namespace: textAt(pods[0], "metadata", "namespace") ?? "", name: "", uid: "", expansion },
    pods: world.pods.filter((pod) => nodeOf(pod) !== undefined),
    ahead: demands,
    desiredPods: demands.length,
    ...surroundings(world, expansion),
    ...common,
    attempts: askedAlike(common.attempts, expansion, world.settings),
  };
}

/** That a claim is on its way is told once, when it is made; that the scheduler will look soon is no news at all. */
function isNews(reason: WaitReason, bought: boolean): boolean {
  return reason === "WaitingForCapacity" ? bought : reason !== "WaitingForScheduler";
}

function tell({ pods }: Group, waiting: Waiting): readonly PodNews[] {
  const pod = pods.find((one) => podKey(one) === waiting.pod);
  const note = waiting.next === undefined ? waiting.message : withStep(waiting.message, waiting.next);
  return pod === undefined ? [] : [news(pod, waiting.reason, note)];
}

function news(pod: JsonObject, reason: string, note: string): PodNews {
  const type = reason === "WaitingForCapacity" ? "Normal" : "Warning";
  return podNews(pod, type, reason, note);
}
