import { numberAt, textAt } from "../capacity/fields.ts";
import { nodeOf } from "../capacity/pod.ts";
import type { Waiting } from "../capacity/question.ts";
import { type Statement, statement } from "./conditions.ts";
import { podTrouble, progress, refusedPods } from "./pod-trouble.ts";
import type { Situation, Trouble } from "./situation.ts";
import { isRolledOut, isServing } from "./workload.ts";

/** KAITO keeps messages of failed inference this short. */
const MOST_CHARACTERS = 256;
/** Waiting reasons that pass only when a human changes something. */
const STALLING: readonly string[] = ["PodDoesNotFitNode", "TooExpensive"];

/** What is between this Workspace and being ready; undefined when nothing is. */
export function obstacle(situation: Situation): Trouble | undefined {
  const { trouble, pods, desiredPods, current } = situation;
  if (trouble?.stalled === true) return trouble;
  if (situation.finished === "succeeded") return undefined;
  if (desiredPods === 0 && current) return trouble;
  return (
    podTrouble(pods) ??
    refusedPods(situation) ??
    // Before what is waited for: a claim that the API server refused is waited for in vain.
    trouble ??
    waitingTrouble(situation) ??
    (situation.expansion.workload.kind === "Job" ? training(pods) : undefined) ??
    progress(pods) ??
    (isComplete(situation) ? undefined : starting(situation))
  );
}

function isComplete(situation: Situation): boolean {
  return situation.expansion.workload.kind === "Job"
    ? situation.finished === "succeeded"
    : isServing(situation) && isRolledOut(situation);
}

function training(pods: Situation["pods"]): Trouble | undefined {
  const running = pods.find((pod) => textAt(pod, "status", "phase") === "Running");
  if (running === undefined) return undefined;
  const message = `the training runs in pod ${textAt(running, "metadata", "name")}`;
  return { reason: "Training", message, stalled: false };
}

function waitingTrouble({ waiting }: Situation): Trouble | undefined {
  const first = waiting.find(stalls) ?? waiting[0];
  if (first === undefined) return undefined;
  const { reason, message } = first;
  const more = waiting.length === 1 ? "" : ` (${waiting.length - 1} more pods wait)`;
  return { reason, message: `pod ${first.pod}: ${message}${more}`, stalled: stalls(first) };
}

function stalls({ reason, stalls }: Waiting): boolean {
  return stalls ?? STALLING.includes(reason);
}

function starting({ workload, pods, current }: Situation): Trouble {
  const say = (reason: string, message: string): Trouble => ({ reason, message, stalled: false });
  if (workload === undefined) return say("Creating", "the workload is being created");
  if (!current) return say("RollingOut", "the old pods are being replaced");
  if (pods.length === 0) return say("WaitingForPods", `no pod of ${textAt(workload, "kind")} exists yet`);
  const unbound = pods.filter((pod) => nodeOf(pod) === undefined).length;
  if (unbound > 0) return say("Scheduling", `${unbound} pods have not been scheduled yet`);
  const ready = numberAt(workload, "status", "readyReplicas") ?? 0;
  return say("RollingOut", `${ready} pods are ready, some are still of the previous template or not counted yet`);
}

/** InferenceReady: the Service has a pod that answers. */
export function inferenceStatement(situation: Situation, found: Trouble | undefined): Statement {
  const type = "InferenceReady";
  if (isServing(situation))
    return statement(type, true, "WorkspaceInferenceStatusSuccess", "a model answers on the Service");
  if (situation.desiredPods === 0) return statement(type, false, "Paused", "paused by foresail.dev/replicas: 0");
  const message = (found?.message ?? "").slice(0, MOST_CHARACTERS);
  const trouble = podTrouble(situation.pods);
  if (trouble !== undefined) return statement(type, false, trouble.reason, message);
  const unplaced =
    situation.waiting.length > 0 && situation.waiting.every((one) => one.reason !== "WaitingForCapacity");
  return statement(type, false, unplaced ? "Unschedulable" : "WorkspaceInferenceStatusPending", message);
}

/** JobStarted: the training pod ran. */
export function jobStatement(situation: Situation): Statement {
  const type = "JobStarted";
  const { workload, finished } = situation;
  const active = (numberAt(workload, "status", "active") ?? 0) > 0;
  const running = active && situation.pods.some((pod) => textAt(pod, "status", "phase") === "Running");
  if (finished !== undefined || running) {
    return statement(type, true, "WorkspaceTuningJobStatusStarted", "the training pod has started");
  }
  return statement(type, false, "WorkspaceTuningJobStatusPending", "the training pod has not started");
}
