import { numberAt, objectAt } from "../capacity/fields.ts";
import { planCapacity } from "../capacity/plan-capacity.ts";
import { nodeOf } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion, Waiting, WaitReason } from "../capacity/question.ts";
import { usageOf } from "../capacity/usage.ts";
import { stamped } from "../children/applied.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";
import { breaker } from "./breaker.ts";
import { kindOf } from "./live.ts";

/** What the nodes that are there already may be the cause of. */
const OVER: readonly WaitReason[] = ["TooExpensive", "LimitReached"];

/** Pods that wait because of what is bought already: by the ceiling of the Workspace or a limit of the installation. */
export function isOverBudget(question: CapacityQuestion, { waiting }: CapacityPlan): boolean {
  return waiting.some((one) => isOver(question, one));
}

function isOver({ allowance }: CapacityQuestion, { reason, message }: Waiting): boolean {
  // Whose turn it is to launch is another matter: that passes by itself.
  return OVER.includes(reason) && message !== allowance?.message;
}

/**
 * The workload as it is to be applied. A Deployment ends an old pod only while enough others are available, and new ones that
 * wait for the node of that very pod are not: with `recreate` as many may be missing as wait for it, and one more.
 * @param live the workload as it is
 */
export function makingRoom(
  workload: JsonObject,
  live: JsonObject | undefined,
  question: CapacityQuestion,
  { waiting }: CapacityPlan,
): JsonObject {
  const over = waiting.filter((one) => isOver(question, one)).length;
  const [all = 0, updated = 0] = ["replicas", "updatedReplicas"].map((field) => numberAt(live, "status", field));
  if (question.owner.expansion.workload.rollout !== "recreate" || over === 0 || all <= updated) return workload;
  if (kindOf(workload) !== "Deployment") return workload;
  const rollingUpdate = { maxSurge: 0, maxUnavailable: over + 1 };
  return stamped({
    ...workload,
    spec: { ...objectAt(workload, "spec"), strategy: { type: "RollingUpdate", rollingUpdate } },
  });
}

/**
 * Whether the old pods go before there is a node for the new ones. Only where `recreate` accepts the pause, and only where
 * the old nodes are in the way: with none in stock, or with a price that is too high or not known by itself, ending what runs
 * would leave nothing.
 */
export function goesFirst(question: CapacityQuestion, capacity: CapacityPlan): boolean {
  if (question.owner.expansion.workload.rollout !== "recreate" || !isOverBudget(question, capacity)) return false;
  // A node that goes is all that is in the way.
  if (capacity.waiting.some(({ reason, stalled }) => reason === "TooExpensive" && stalled === false)) return false;
  return planCapacity(withoutNodes(question)).create.length > 0;
}

/** As it will be when the owner has given its nodes back. */
function withoutNodes(question: CapacityQuestion): CapacityQuestion {
  const { usage, claims, release, pods } = question;
  const own = usageOf(claims, release);
  return {
    ...question,
    claims: [],
    pods: pods.filter((pod) => nodeOf(pod) === undefined),
    usage: {
      ...usage,
      nodes: usage.nodes - own.nodes,
      gpus: usage.gpus - own.gpus,
      hourlyPriceUsd: usage.hourlyPriceUsd - own.hourlyPriceUsd,
    },
  };
}

/** What the pods that wait are told. An offering whose machines ran is not out of stock. */
export function toldOf(world: World, question: CapacityQuestion, capacity: CapacityPlan): readonly Waiting[] {
  const open = breaker(question.attempts, world.nowMs);
  return capacity.waiting.map((one) =>
    open === undefined || one.reason !== "OutOfStock"
      ? one
      : { pod: one.pod, reason: open.reason, message: open.message },
  );
}
