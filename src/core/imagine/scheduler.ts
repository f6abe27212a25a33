import { type NodeFacts, nodeFacts } from "../capacity/claim.ts";
import { daemonRequests } from "../capacity/daemons.ts";
import { conditionAt, objectAt, textAt } from "../capacity/fields.ts";
import { type Demand, demandOf, isDeleting, isOver, isReady, nodeOf, podKey, withVolumes } from "../capacity/pod.ts";
import { unmet, untolerated } from "../capacity/requirements.ts";
import { minus, missing, podRequests, type Resources, resourcesOf } from "../capacity/resources.ts";
import { withZoneKeys, zoneKeysOf } from "../capacity/volumes/topology-keys.ts";
import { unreached } from "../capacity/volumes/volume-rules.ts";
import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import { happened, isUnchanged, withMembers } from "./objects.ts";

// A message names a few nodes: of a hundred the rest says the same.
const MOST_NODES_NAMED = 3;

/**
 * What kube-scheduler and the kubelets do next: pods of Workspaces that fit a node get it, the first by name, and are Ready;
 * the others are Unschedulable. Pods of others stay as they are.
 */
export function afterScheduler(cluster: Cluster): Cluster {
  const zoneKeys = zoneKeysOf(cluster.volumes);
  const nodes = cluster.nodes
    .map(nodeFacts)
    .map((node) => ({ ...node, labels: withZoneKeys(node.labels, zoneKeys) }))
    .filter((node) => node.ready && !node.deleting)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const free = new Map(nodes.map((node) => [node.name, freeOf(cluster, node)]));
  const pods = cluster.pods.map((pod) => {
    if (textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === undefined) return pod;
    if (isDeleting(pod) || isOver(pod) || isReady(pod)) return pod;
    if (nodeOf(pod) !== undefined) return running(pod, nodeOf(pod) ?? "", cluster.nowMs);
    const demand = withVolumes(demandOf(podKey(pod), objectAt(pod, "spec")), cluster.volumes);
    const node = nodes.find((one) => obstaclesOn(one, free, demand).length === 0);
    if (node === undefined) return unschedulable(pod, refusal(nodes, free, demand), cluster.nowMs);
    free.set(node.name, minus(free.get(node.name) ?? new Map(), demand.requests));
    return running(pod, node.name, cluster.nowMs);
  });
  return isUnchanged(pods, cluster.pods) ? cluster : { ...cluster, pods };
}

/** What pods and those of DaemonSets that are still to come leave. */
function freeOf({ pods, daemonSets }: Cluster, node: NodeFacts): Resources {
  const bound = pods.filter((pod) => nodeOf(pod) === node.name && !isOver(pod));
  const room = minus(resourcesOf(node.allocatable), daemonRequests(daemonSets, node, bound));
  return bound.reduce<Resources>((free, pod) => minus(free, podRequests(objectAt(pod, "spec"))), room);
}

function obstaclesOn(node: NodeFacts, free: ReadonlyMap<string, Resources>, demand: Demand): readonly string[] {
  return [
    ...unmet(demand.terms, node.labels),
    ...(unreached(demand.volumes, node.labels).length > 0 ? ["volume node affinity conflict"] : []),
    ...untolerated(node.taints, demand.tolerations),
    ...missing(free.get(node.name) ?? new Map(), demand.requests),
  ];
}

function refusal(nodes: readonly NodeFacts[], free: ReadonlyMap<string, Resources>, demand: Demand): string {
  const why = nodes
    .slice(0, MOST_NODES_NAMED)
    .map((node) => `${node.name}: ${obstaclesOn(node, free, demand).join(", ")}`);
  const more = nodes.length > MOST_NODES_NAMED ? ["…"] : [];
  const detail = [...why, ...more].join("; ");
  return `0/${nodes.length} nodes are available${detail === "" ? "" : `: ${detail}`}`;
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
