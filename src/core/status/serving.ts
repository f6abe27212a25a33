import { numberAt, textAt } from "../capacity/fields.ts";
import { nodeOf } from "../capacity/pod.ts";
import { statedPods } from "../children/workload.ts";
import { capacityTrouble } from "./capacity-trouble.ts";
import { type Statement, statement } from "./conditions.ts";
import { evictedPod, nodePressure, podTrouble, progress } from "./pod-trouble.ts";
import { reasonText } from "./reasons.ts";
import { refusedPods } from "./refused-pods.ts";
import type { Situation, Trouble } from "./situation.ts";
import { advised, passing } from "./trouble.ts";
import { volumeTrouble } from "./volume-trouble.ts";
import { isRolledOut, isServing } from "./workload.ts";

/** KAITO keeps messages of failed inference this short. */
const MOST_CHARACTERS = 256;

/**
 * What is between this Workspace and being ready; undefined when nothing is. Of several troubles the one that the others
 * follow from: what a human must mend, then what pods die of, then what they wait for, then what they are doing.
 */
export function obstacle(situation: Situation): Trouble | undefined {
  const { trouble, desiredPods, current } = situation;
  if (trouble?.stalled === true) return trouble;
  if (situation.finished === "succeeded") return undefined;
  if (desiredPods === 0 && current) return trouble;
  const capacity = capacityTrouble(situation);
  return (
    podTrouble(situation) ??
    refusedPods(situation) ??
    // Before what is waited for: a claim that the API server refused is waited for in vain.
    trouble ??
    volumeTrouble(situation) ??
    (capacity?.stalled === true ? capacity : undefined) ??
    evictedPod(situation) ??
    capacity ??
    nodePressure(situation) ??
    (situation.expansion.workload.kind === "Job" ? training(situation.pods) : undefined) ??
    progress(situation) ??
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
  return passing("Training", `the training runs in pod ${textAt(running, "metadata", "name")}`);
}

function starting({ workload, pods, current }: Situation): Trouble {
  if (workload === undefined) return passing("Creating", "the workload is being created");
  if (!current) return passing("RollingOut", "the old pods are being replaced");
  if (pods.length === 0) return passing("WaitingForPods", `no pod of ${textAt(workload, "kind")} exists yet`);
  const unbound = pods.filter((pod) => nodeOf(pod) === undefined).length;
  if (unbound > 0) return passing("Scheduling", `${unbound} pods have not been scheduled yet`);
  const ready = numberAt(workload, "status", "readyReplicas") ?? 0;
  return passing("RollingOut", `${ready} pods are ready, some are still of the previous template or not counted yet`);
}

/** Who asked for no pod at all. */
export function pausedMessage({ expansion }: Situation): string {
  const isStated = statedPods(expansion) !== undefined;
  return isStated ? "paused by foresail.dev/replicas: 0" : "scaled to 0 by what scales the workload";
}

/** InferenceReady: the Service has a pod that answers. Its reasons are KAITO's. */
export function inferenceStatement(situation: Situation, found: Trouble | undefined): Statement {
  const type = "InferenceReady";
  if (isServing(situation))
    return statement(type, true, "WorkspaceInferenceStatusSuccess", "a model answers on the Service");
  if (situation.desiredPods === 0) return statement(type, false, "Paused", pausedMessage(situation));
  const message = (found === undefined ? "" : advised(found)).slice(0, MOST_CHARACTERS);
  const stated = found?.kaito ?? (found === undefined ? undefined : reasonText(found.reason).kaito);
  const success = stated === undefined || stated === "WorkspaceInferenceStatusSuccess";
  return statement(type, false, success ? "WorkspaceInferenceStatusPending" : stated, message);
}

/** JobStarted: the training pod ran. */
export function jobStatement(situation: Situation): Statement {
  const type = "JobStarted";
  const { workload, finished } = situation;
  if (finished === "failed") return statement(type, false, "WorkspaceTuningJobStatusFailed", "the training has failed");
  const active = (numberAt(workload, "status", "active") ?? 0) > 0;
  const running = active && situation.pods.some((pod) => textAt(pod, "status", "phase") === "Running");
  if (finished !== undefined || running) {
    return statement(type, true, "WorkspaceTuningJobStatusStarted", "the training pod has started");
  }
  return statement(type, false, "WorkspaceTuningJobStatusPending", "the training pod has not started");
}
