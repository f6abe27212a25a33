import type { CapacityPlan, CapacityQuestion, Waiting, WaitReason } from "../capacity/question.ts";
import type { World } from "../world.ts";
import { breaker } from "./breaker.ts";

/** What the nodes that are there already may be the cause of. */
const OVER: readonly WaitReason[] = ["TooExpensive", "LimitReached"];

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

/** What the pods that wait are told. An offering whose machines ran is not out of stock. */
export function toldOf(world: World, question: CapacityQuestion, capacity: CapacityPlan): readonly Waiting[] {
  const open = breaker(question.attempts, world.nowMs);
  return capacity.waiting.map((one) =>
    open === undefined || one.reason !== "OutOfStock"
      ? one
      : { pod: one.pod, reason: open.reason, message: open.message },
  );
}
