import type { Action, Plan } from "../action.ts";
import { askedAlike, remembered } from "../capacity/attempts.ts";
import { nameOf } from "../capacity/fields.ts";
import { planCapacity } from "../capacity/plan-capacity.ts";
import type { CapacityPlan, CapacityQuestion } from "../capacity/question.ts";
import type { Catalogue } from "../catalogue.ts";
import { differs, INPUTS_HASH, stamped } from "../children/applied.ts";
import { children } from "../children/children.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { capacityTroubleTimesMs } from "../status/capacity-trouble.ts";
import { endUnderKaito, failedTraining, rememberedEnd } from "../status/finished.ts";
import type { Situation, Trouble } from "../status/situation.ts";
import { statusOf } from "../status/status.ts";
import { endOf, isRolledOut, outdatedPods } from "../status/workload.ts";
import { awaitedWorkload, planAwaiting } from "../take-over/awaiting.ts";
import { hasKaitoFinalizer } from "../take-over/kaito-made.ts";
import { changesHandsLater, isOfOtherKind, leftBehind } from "../take-over/roll-out.ts";
import type { World } from "../world.ts";
import { awaitedPods } from "./awaited-pods.ts";
import { breaker, counted } from "./breaker.ts";
import { capacityQuestion, desiredPods, emptyClaims, podsAhead } from "./capacity-step.ts";
import { creations } from "./creations.ts";
import { ifUnused, removals, untilEmptyMs } from "./emptiness.ts";
import { endOfLife } from "./end-of-life.ts";
import { checkedConfig, takenName } from "./guards.ts";
import { awaitsLaunches } from "./launch-budget.ts";
import { isDeleting, isOurs, kindOf, liveOf, ownPods, ownWorkloads, target } from "./live.ts";
import { capacityTimesMs } from "./look-again.ts";
import { goesFirst, isOverBudget, makingRoom, toldOf } from "./roll-out.ts";
import { ownPart } from "./sharers.ts";
import { situationOf } from "./situate.ts";
import { tell, telling } from "./tell.ts";
import { toldEnds } from "./told-ends.ts";
import { unready, untilUnusableMs, unusable } from "./unusable.ts";
import { annotation, applyOver, hasOtherTemplate, marked, type WorkloadStep, workloadStep } from "./workload.ts";

type Expanded = Workspace & { readonly expansion: Expansion };

/** The plan for a Workspace that is to run: children, nodes, status. */
export function planRunning(world: World, workspace: Expanded, catalogue: Catalogue): Plan {
  const { expansion } = workspace;
  const awaited = awaitedWorkload(world, workspace);
  if (awaited !== undefined) {
    const question = questionOf(world, workspace, catalogue, undefined);
    return planAwaiting(world, workspace, catalogue, { workload: awaited, question });
  }
  const { config, trouble: wrongConfig } = checkedConfig(world, workspace, catalogue);
  const made = children(workspace, config.kind === "ok" ? { configHash: config.hash } : {});
  const taken = takenName(world, made);
  if (taken !== undefined) return blocked(world, workspace, taken);
  const workload = marked(made.at(-1) ?? {}, expansion);
  const live = liveOf(world, workload);
  const finished = endOfTraining(workspace, live);
  const rolls = wrongConfig === undefined && isOther(world, live, workload);
  // Unlike a workload of ours of another kind, one of KAITO's goes only when there are nodes for what comes.
  const nodesFirst = live === undefined && isOfOtherKind(world, expansion);
  const asked = questionOf(world, workspace, catalogue, live);
  const { question, atOnce } = awaitedPods(world, asked, live, rolls && !nodesFirst);
  const { planned, ahead } =
    finished === undefined
      ? claimsFor(world, question, rolls && !atOnce && (live !== undefined || nodesFirst))
      : { planned: nothing, ahead: [] };
  const hold = wrongConfig !== undefined || ahead.length > 0 || finished !== undefined;
  const step = workloadStep(world, expansion, makingRoom(workload, live, question, planned), hold);
  const capacity = { ...planned, waiting: toldOf(world, { ...question, ahead }, planned) };
  const trouble = wrongConfig ?? (finished === "failed" ? failedTraining({ finished, expansion }) : failureOf(world));
  const situation = situationOf({ world, workspace, catalogue, step, question, capacity, trouble, finished });
  const result = statusOf(situation);
  const others = made.slice(0, -1).map(stamped);
  const { desiredPods: desired } = situation;
  const empty = emptyClaims(world, question, capacity, { desired, rolledOut: isRolledOut(situation), live });
  const told = telling(workspace, result);
  const doing = [
    ...others.filter((object) => !changesHandsLater(world, object, situation)).flatMap((one) => applied(world, one)),
    ...step.actions,
    ...replacement(world, step),
    ...creations(capacity),
    ...removals(world, empty, isOverBudget(question, planned)),
    ...unusedFiles(world, made, situation),
    ...leftBehind(world, workspace, situation),
  ];
  return {
    // After a refusal the reason comes first: the action that was refused may be refused again.
    actions: [
      ...(world.failure === undefined ? [...doing, ...told] : [...told, ...doing]),
      // Only when it is written down: else a crash in between would begin the count of failed nodes anew.
      ...unusable(world).map(({ claim, attempt }) => ifUnused(claim, attempt.message)),
      ...endOfLife(world, workspace),
      ...lookAgain(world, empty, capacity, { question, toldMs: capacityTroubleTimesMs(situation) }),
    ],
    reasons: [result.ready, ...capacity.waiting].map(({ reason, message }) => ({ reason, message })),
    emptyClaims: empty.map(nameOf),
    placeable: capacity.placeable,
    unready: unready(world),
    awaitsLaunches: awaitsLaunches(world.launching, planned),
  };
}

// Objects that are not ours are not watched: whether the name is free is asked again.
const NAME_LOOK_MS = 60_000;
const NAME_LOOK_WHILE_GOING_MS = 5000;

function blocked(world: World, workspace: Workspace, taken: Trouble): Plan {
  const again: Action = { kind: "requeue", afterMs: taken.stalled ? NAME_LOOK_MS : NAME_LOOK_WHILE_GOING_MS };
  return { actions: [...tell(world, workspace, taken), again], reasons: [taken], emptyClaims: [] };
}

/** The claims to make, those of a roll-out first; `ahead` are the pods whose nodes it waits for. */
function claimsFor(
  world: World,
  question: CapacityQuestion,
  rolls: boolean,
): { planned: CapacityPlan; ahead: CapacityQuestion["ahead"] } {
  const ahead = rolls ? podsAhead(question) : [];
  const planned = planFor(world, { ...question, ahead });
  const goes = ahead.length > 0 && goesFirst({ ...question, ahead }, planned);
  return goes ? { planned: planFor(world, question), ahead: [] } : { planned, ahead };
}

function planFor(world: World, question: CapacityQuestion): CapacityPlan {
  return ownPart(world, question, planCapacity(question));
}

const nothing: CapacityPlan = { create: [], waiting: [], placeable: [], promised: new Set() };

function questionOf(
  world: World,
  workspace: Expanded,
  catalogue: Catalogue,
  live: JsonObject | undefined,
): CapacityQuestion {
  const row = counted(workspace.status?.attempts ?? [], toldEnds(world), world.claims);
  const attempts = askedAlike(remembered(row.before, row.added), workspace.expansion, world.settings);
  const question = capacityQuestion(world, workspace, catalogue, attempts);
  return { ...question, desiredPods: desiredPods(workspace.expansion, live) };
}

/** Whether what runs was made from another template, or is a workload of another kind. */
function isOther(world: World, live: JsonObject | undefined, workload: JsonObject): boolean {
  return live === undefined ? ownWorkloads(world).length > 0 : hasOtherTemplate(live, workload);
}

function endOfTraining(workspace: Expanded, live: JsonObject | undefined): Situation["finished"] {
  if (workspace.expansion.workload.kind !== "Job") return undefined;
  const same = annotation(live, INPUTS_HASH) === workspace.expansion.inputsHash;
  const before = hasKaitoFinalizer(workspace) ? endUnderKaito(workspace) : undefined;
  return rememberedEnd(workspace) ?? (same ? endOf(live) : before);
}

function failureOf(world: World): Trouble | undefined {
  if (world.failure === undefined) return undefined;
  return { reason: "ApplyFailed", message: world.failure, stalled: false };
}

function applied(world: World, desired: JsonObject): readonly Action[] {
  const live = liveOf(world, desired);
  if (live === undefined) return [{ kind: "apply", object: desired, exists: false }];
  return isDeleting(live) || !differs(live, desired) ? [] : [applyOver(world, live, desired)];
}

/** The pods of a StatefulSet with another template go together: ranks of two templates cannot talk to each other. */
function replacement(world: World, step: WorkloadStep): readonly Action[] {
  if (step.live === undefined || kindOf(step.live) !== "StatefulSet" || !step.current) return [];
  const outdated = outdatedPods(step.live, ownPods(world)).filter((pod) => !isDeleting(pod));
  return outdated.map((pod) => ({
    kind: "delete",
    target: { ...target(pod), apiVersion: "v1", kind: "Pod" },
    propagation: "Background",
  }));
}

/** Files of earlier templates stay until the last pod that may mount them is gone. */
function unusedFiles(world: World, made: readonly JsonObject[], situation: Situation): readonly Action[] {
  if (situation.expansion.workload.kind === "Job" || !isRolledOut(situation)) return [];
  const wanted = new Set(made.filter((one) => kindOf(one) === "ConfigMap").map(nameOf));
  return world.children
    .filter((one) => kindOf(one) === "ConfigMap" && isOurs(world, one) && !wanted.has(nameOf(one)) && !isDeleting(one))
    .map((one) => ({ kind: "delete", target: target(one), propagation: "Background" }));
}

/** Looks again when time alone changes the answer; everything else is told by watches. */
function lookAgain(
  world: World,
  empty: readonly JsonObject[],
  capacity: CapacityPlan,
  { question, toldMs }: { readonly question: CapacityQuestion; readonly toldMs: readonly number[] },
): readonly Action[] {
  const open = breaker(question.attempts, world.nowMs);
  const times = [
    ...untilEmptyMs(world, empty),
    ...untilUnusableMs(world),
    ...toldMs,
    ...capacityTimesMs(capacity, world.nowMs),
    ...(open === undefined || capacity.waiting.length === 0 ? [] : [open.untilMs - world.nowMs]),
  ];
  return times.length === 0 ? [] : [{ kind: "requeue", afterMs: Math.min(...times) }];
}
