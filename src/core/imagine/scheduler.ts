import { conditionAt, textAt } from "../capacity/fields.ts";
import { isDeleting, isOver, isReady, nodeOf, podKey } from "../capacity/pod.ts";
import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import { happened, isUnchanged, withMembers } from "./objects.ts";
import { placement } from "./placement.ts";

/**
 * What kube-scheduler and the kubelets do next: pods of Workspaces that fit a node get it and are Ready; the others are
 * Unschedulable. Pods of others stay as they are.
 */
export function afterScheduler(cluster: Cluster): Cluster {
  const moving = new Set(cluster.pods.filter(moves));
  const { nodeNames, refusals } = placement(
    cluster,
    [...moving].filter((pod) => nodeOf(pod) === undefined),
  );
  const pods = cluster.pods.map((pod) => {
    if (!moving.has(pod)) return pod;
    const nodeName = nodeOf(pod) ?? nodeNames.get(podKey(pod));
    if (nodeName !== undefined) return running(pod, nodeName, cluster.nowMs);
    return unschedulable(pod, refusals.get(podKey(pod)) ?? "", cluster.nowMs);
  });
  return isUnchanged(pods, cluster.pods) ? cluster : { ...cluster, pods };
}

function moves(pod: JsonObject): boolean {
  if (textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === undefined) return false;
  return !isDeleting(pod) && !isOver(pod) && !isReady(pod);
}

function running(pod: JsonObject, nodeName: string, nowMs: number): JsonObject {
  const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => happened(type, nowMs));
  return withMembers(withMembers(pod, "spec", { nodeName }), "status", { phase: "Running", conditions });
}

function unschedulable(pod: JsonObject, message: string, nowMs: number): JsonObject {
  if (textAt(conditionAt(pod, "PodScheduled"), "reason") === "Unschedulable") return pod;
  const scheduled = { ...happened("PodScheduled", nowMs), status: "False", reason: "Unschedulable", message };
  return withMembers(pod, "status", { phase: "Pending", conditions: [scheduled] });
}
