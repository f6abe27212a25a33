import { conditionAt, isTrue, numberAt, objectsAt, textAt } from "../capacity/fields.ts";
import { isReady } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import type { Situation } from "./situation.ts";

/** How a Job ended; undefined while it has not. */
export function endOf(job: JsonObject | undefined): "succeeded" | "failed" | undefined {
  if (isTrue(conditionAt(job, "Complete")) || isTrue(conditionAt(job, "SuccessCriteriaMet"))) return "succeeded";
  return isTrue(conditionAt(job, "Failed")) ? "failed" : undefined;
}

/** Whether a pod answers behind the Service: of a model on several nodes, the first. */
export function isServing({ pods, expansion }: Situation): boolean {
  const behind =
    expansion.nodeCount > 1
      ? pods.filter((pod) => textAt(pod, "metadata", "labels", "apps.kubernetes.io/pod-index") === "0")
      : pods;
  return behind.some(isReady);
}

/** Whether pods of another template than the present one are still there. */
export function isReplacing({ workload, current }: Situation): boolean {
  if (workload === undefined) return false;
  const [all, updated] = ["replicas", "updatedReplicas"].map((field) => numberAt(workload, "status", field) ?? 0);
  return !current || (all ?? 0) > (updated ?? 0);
}

/** Whether the workload runs the present template with all its pods, and the old ones are gone. */
export function isRolledOut(situation: Situation): boolean {
  const { workload, current, desiredPods, pods } = situation;
  if (workload === undefined || !current) return false;
  const seen = numberAt(workload, "status", "observedGeneration");
  if (seen === undefined || seen < (numberAt(workload, "metadata", "generation") ?? 0)) return false;
  const count = (field: string): number => numberAt(workload, "status", field) ?? 0;
  return (
    count("updatedReplicas") >= desiredPods &&
    count("readyReplicas") >= desiredPods &&
    count("replicas") === desiredPods &&
    pods.filter(isReady).length >= desiredPods
  );
}

/** Whether the pods of a StatefulSet are all of its present revision; they are replaced by deleting them. */
export function outdatedPods(statefulSet: JsonObject, pods: readonly JsonObject[]): readonly JsonObject[] {
  const revision = textAt(statefulSet, "status", "updateRevision");
  const seen = numberAt(statefulSet, "status", "observedGeneration");
  if (revision === undefined || seen !== numberAt(statefulSet, "metadata", "generation")) return [];
  const uid = textAt(statefulSet, "metadata", "uid");
  return pods.filter((pod) => {
    // Somebody else's pod under our label is not ours to replace.
    if (!objectsAt(pod, "metadata", "ownerReferences").some((owner) => owner["uid"] === uid)) return false;
    const made = textAt(pod, "metadata", "labels", "controller-revision-hash");
    return made !== undefined && made !== revision;
  });
}
