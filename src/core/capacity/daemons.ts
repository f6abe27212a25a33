import type { JsonObject } from "../json.ts";
import { objectAt, objectsAt, textAt } from "./fields.ts";
import { nodeOf } from "./pod.ts";
import { type Labels, podTerms, unmet, untolerated } from "./requirements.ts";
import { podRequests, type Resources, sum } from "./resources.ts";

// What the DaemonSet controller adds to every pod of its own (k8s.io/kubernetes pkg/controller/daemon/util).
const ADDED_TOLERATIONS = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];

export interface Place {
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
}

/**
 * What pods of DaemonSets will take of a node beside those that are on it.
 * @param present pods bound to the node: whose DaemonSet has one there brings no second
 */
export function daemonRequests(
  daemonSets: readonly JsonObject[],
  place: Place,
  present: readonly JsonObject[] = [],
): Resources {
  const there = new Set(present.flatMap(daemonSetsOf));
  return daemonSets
    .filter((one) => !there.has(textAt(one, "metadata", "uid") ?? "") && comes(one, place))
    .map((one) => sum(podRequests(objectAt(one, "spec", "template", "spec")), new Map([["pods", 1]])))
    .reduce<Resources>(sum, new Map());
}

function comes(daemonSet: JsonObject, { labels, taints }: Place): boolean {
  const spec = objectAt(daemonSet, "spec", "template", "spec");
  const tolerations = [...objectsAt(spec, "tolerations"), ...ADDED_TOLERATIONS];
  return unmet(podTerms(spec), labels).length === 0 && untolerated(taints, tolerations).length === 0;
}

function daemonSetsOf(pod: JsonObject): readonly string[] {
  if (nodeOf(pod) === undefined) return [];
  return objectsAt(pod, "metadata", "ownerReferences")
    .filter((owner) => owner["kind"] === "DaemonSet")
    .map((owner) => textAt(owner, "uid") ?? "");
}
