import type { CapacityPlan } from "../capacity/question.ts";

// With room on a Ready node the scheduler needs a moment; after a minute the planner says what it says.
const SCHEDULER_LOOK_MS = 60_000;

// Pods of others wake nobody but their own: where they are now is looked up again.
const OTHERS_LOOK_MS = 60_000;

/** After how long time alone changes what a plan for capacity says; nothing where only a watch can. */
export function capacityTimesMs({ nextTryMs, waiting, awaitsOthers }: CapacityPlan, nowMs: number): readonly number[] {
  return [
    ...(nextTryMs === undefined ? [] : [Math.max(0, nextTryMs - nowMs)]),
    ...(waiting.some((one) => one.reason === "WaitingForScheduler") ? [SCHEDULER_LOOK_MS] : []),
    ...(awaitsOthers === true ? [OTHERS_LOOK_MS] : []),
  ];
}
