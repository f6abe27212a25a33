import type { JsonObject } from "../json.ts";
import { conditionAt, isTrue, namespaceOf, objectAt, objectsAt, textAt, timeAt } from "./fields.ts";
import { podTerms, type Terms } from "./requirements.ts";
import { podRequests, type Resources } from "./resources.ts";
import type { WaitingPod } from "./scheduling/problem.ts";
import { awaitsVolume } from "./volume-words.ts";
import { type VolumeRule, volumeRules, zonesOf } from "./volumes/volume-rules.ts";
import type { Volumes } from "./volumes/volumes.ts";

/** A pod that needs a place: one that waits, or one that will exist once a new template is applied. */
export interface Demand {
  /** Unique and stable: namespace/name. */
  readonly key: string;
  readonly requests: Resources;
  readonly terms: Terms;
  readonly tolerations: readonly JsonObject[];
  /** What the requests and the rest are read from. */
  readonly spec: JsonObject;
  /** Labels of the pod, for rules of pods about pods. */
  readonly labels: JsonObject;
  /** What the scheduler said; absent for a pod that does not exist yet. */
  readonly refusal?: string;
  /** What its volumes ask of the node, each for itself. */
  readonly volumes?: readonly VolumeRule[];
}

/** A pod as the scheduling engine takes it, wherever it is or waits. */
export function schedulingFacts(pod: JsonObject): Pick<WaitingPod, "key" | "namespace" | "labels" | "spec"> {
  return {
    key: podKey(pod),
    namespace: namespaceOf(pod),
    labels: objectAt(pod, "metadata", "labels"),
    spec: objectAt(pod, "spec"),
  };
}

/** What a pod spec asks of a node. */
export function demandOf(key: string, podSpec: JsonObject, refusal?: string, labels: JsonObject = {}): Demand {
  return {
    key,
    requests: podRequests(podSpec),
    terms: podTerms(podSpec),
    tolerations: objectsAt(podSpec, "tolerations"),
    spec: podSpec,
    labels,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** Zones that waiting pods need for their volumes. */
export function volumeZones(pods: readonly JsonObject[], volumes: Volumes | undefined): readonly string[] {
  if (volumes === undefined) return [];
  const waiting = pods.map(waitingDemand).filter((demand) => demand !== undefined);
  return zonesOf(waiting.flatMap((demand) => withVolumes(demand, volumes).volumes ?? []));
}

/** The demand with what is known of its volumes; its key tells the namespace of their claims. */
export function withVolumes(demand: Demand, volumes: Volumes | undefined): Demand {
  if (volumes === undefined) return demand;
  const rules = volumeRules(volumes, demand.key, demand.spec);
  return rules.length === 0 ? demand : { ...demand, volumes: rules };
}

export function podKey(pod: JsonObject): string {
  return `${textAt(pod, "metadata", "namespace")}/${textAt(pod, "metadata", "name")}`;
}

/**
 * The demand of a pod that waits for a node, as Karpenter defines provisionable: the scheduler has tried and failed, no node
 * is promised by preemption, it waits for no volume that a node would not bring, and no DaemonSet owns it. Undefined for every
 * other pod.
 */
export function waitingDemand(pod: JsonObject): Demand | undefined {
  if (!isUnschedulable(pod)) return undefined;
  const message = textAt(conditionAt(pod, "PodScheduled"), "message") ?? "";
  return demandOf(podKey(pod), objectAt(pod, "spec"), message, objectAt(pod, "metadata", "labels"));
}

/** Whether `waitingDemand` gives something, without the work of finding out what. */
export function isUnschedulable(pod: JsonObject): boolean {
  const scheduled = conditionAt(pod, "PodScheduled");
  if (scheduled?.["status"] !== "False" || scheduled["reason"] !== "Unschedulable") return false;
  if (awaitsVolume(textAt(scheduled, "message") ?? "")) return false;
  const placed = nodeOf(pod) !== undefined || nominatedNode(pod) !== undefined;
  return !placed && !isDeleting(pod) && !isOver(pod) && !isDaemon(pod);
}

/** Name of the node the pod is bound to. */
export function nodeOf(pod: JsonObject): string | undefined {
  const name = textAt(pod, "spec", "nodeName");
  return name === "" ? undefined : name;
}

/** Name of the node on which the scheduler makes room for the pod by preemption: it takes that room already. */
export function nominatedNode(pod: JsonObject): string | undefined {
  const name = textAt(pod, "status", "nominatedNodeName");
  return name === "" ? undefined : name;
}

export function isDeleting(object: JsonObject): boolean {
  return timeAt(object, "metadata", "deletionTimestamp") !== undefined;
}

/** How long the grace period of a pod that is being deleted has been over; negative while it runs. */
export function overdueMs(pod: JsonObject, nowMs: number): number {
  // The API server sets the deletion time to the end of the grace period.
  return nowMs - (timeAt(pod, "metadata", "deletionTimestamp") ?? nowMs);
}

/** A pod that ended takes nothing of its node. */
export function isOver(pod: JsonObject): boolean {
  const phase = textAt(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed";
}

export function isReady(pod: JsonObject): boolean {
  return isTrue(conditionAt(pod, "Ready")) && !isDeleting(pod);
}

/** Pods of a DaemonSet, and those the kubelet itself runs, come with the node and go with it. */
export function isDaemon(pod: JsonObject): boolean {
  return objectsAt(pod, "metadata", "ownerReferences").some(
    (owner) => owner["kind"] === "DaemonSet" || owner["kind"] === "Node",
  );
}
