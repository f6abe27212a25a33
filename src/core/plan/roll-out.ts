import { isDeleting, isOver, nodeOf } from "../capacity/pod.ts";
import type { CapacityPlan, CapacityQuestion, Waiting, WaitReason } from "../capacity/question.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";
import { breaker } from "./breaker.ts";
import { isOwnPod } from "./live.ts";

/** What the nodes that are there already may be the cause of. */
const OVER: readonly WaitReason[] = ["TooExpensive", "LimitReached"];
/** Why a node for the new pods may not be had. One that is on its way is no such reason. */
const BLOCKED: readonly WaitReason[] = [...OVER, "OutOfStock", "NodeNotJoining", "GpuNotReady"];
/** Of these, what only a human mends. */
const STALLING: readonly WaitReason[] = ["TooExpensive"];

/** Pods that wait because of what is bought already: by the ceiling of the Workspace or a limit of the installation. */
export function isOverBudget(question: CapacityQuestion, { waiting }: CapacityPlan): boolean {
  // Whose turn it is to launch is another matter: that passes by itself.
  return waiting.some(({ reason, message }) => OVER.includes(reason) && message !== question.allowance?.message);
}

/**
 * Whether the old pods go before there is a node for the new ones. Only where `recreate` accepts the pause, and only where
 * the old nodes are in the way: with none in stock, ending what runs would leave nothing.
 */
export function goesFirst(question: CapacityQuestion, capacity: CapacityPlan): boolean {
  return question.owner.expansion.workload.rollout === "recreate" && isOverBudget(question, capacity);
}

/** What the pods that wait are told. Of those that only a roll-out needs: nothing is down, the change waits. */
export function toldOf(world: World, question: CapacityQuestion, capacity: CapacityPlan): readonly Waiting[] {
  const ahead = new Set(question.ahead.map(({ key }) => key));
  const surging = question.desiredPods > 0 && runningPods(world).length >= question.desiredPods;
  const open = breaker(question.attempts, world.nowMs);
  // An offering whose machines ran is not out of stock.
  const waiting = capacity.waiting.map((one) =>
    open === undefined || one.reason !== "OutOfStock" ? one : { ...one, reason: open.reason, message: open.message },
  );
  return waiting.map((one) =>
    BLOCKED.includes(one.reason) && (surging || ahead.has(one.pod))
      ? {
          pod: one.pod,
          reason: "RolloutWaitingForCapacity",
          message: `what ran before goes on running, the new pod has no node: ${one.reason}: ${one.message}`,
          stalls: STALLING.includes(one.reason),
        }
      : one,
  );
}

function runningPods(world: World): readonly JsonObject[] {
  return world.pods.filter(
    (pod) => isOwnPod(world, pod) && nodeOf(pod) !== undefined && !isDeleting(pod) && !isOver(pod),
  );
}
