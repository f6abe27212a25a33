import { conditionAt, isTrue, objectAt, objectsAt, textAt } from "../../src/core/capacity/fields.ts";
import { isOver, nodeOf } from "../../src/core/capacity/pod.ts";
import { podTerms, unmet, untolerated } from "../../src/core/capacity/requirements.ts";
import { minus, missing, podRequests, type Resources, resourcesOf } from "../../src/core/capacity/resources.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { later, onChangeOf, type Stage, setCondition, setStatus } from "./actor.ts";

/** kube-scheduler: binds what fits, and says of the rest that it does not. */
export function startScheduler(stage: Stage): void {
  onChangeOf(stage, ["pods", "nodes"], 300, () => {
    const pending = stage.store
      .list("pods")
      .filter((pod) => nodeOf(pod) === undefined && pod.metadata.deletionTimestamp === undefined && !isOver(pod));
    for (const pod of pending) schedule(stage, pod);
  });
}

function schedule(stage: Stage, pod: KubeObject): void {
  const { store } = stage;
  const spec = objectAt(pod, "spec");
  const node = store.list("nodes").find((one) => fits(stage, one, spec));
  const { namespace, name } = pod.metadata;
  if (node === undefined) {
    const message = `0/${store.list("nodes").length} nodes are available`;
    setCondition(stage, "pods", pod, { type: "PodScheduled", status: "False", reason: "Unschedulable", message });
    return;
  }
  store.update("pods", namespace, name, (live) => ({ ...live, spec: { ...spec, nodeName: node.metadata.name } }));
  setCondition(stage, "pods", pod, { type: "PodScheduled", status: "True" });
}

function fits(stage: Stage, node: KubeObject, spec: JsonObject): boolean {
  if (node.metadata.deletionTimestamp !== undefined || !isTrue(conditionAt(node, "Ready"))) return false;
  const labels = new Map(Object.entries(node.metadata.labels ?? {}));
  if (unmet(podTerms(spec), labels).length > 0) return false;
  if (untolerated(objectsAt(node, "spec", "taints"), objectsAt(spec, "tolerations")).length > 0) return false;
  return missing(roomOf(stage, node), podRequests(spec)).length === 0;
}

function roomOf(stage: Stage, node: KubeObject): Resources {
  const bound = stage.store.list("pods").filter((pod) => nodeOf(pod) === node.metadata.name && !isOver(pod));
  return bound.reduce(
    (room, pod) => minus(room, podRequests(objectAt(pod, "spec"))),
    resourcesOf(objectAt(node, "status", "allocatable")),
  );
}

export interface PodHabits {
  /** Probability that a model's container crashes once in an hour of its life. */
  crash: number;
  /** Probability that the kubelet evicts a pod that serves within an hour, for want of memory or disk. */
  evicted: number;
}

/** The kubelets of all nodes, and the collector of pods whose node is gone. */
export function startKubelets(stage: Stage, habits: PodHabits): void {
  const started = new Set<string>();
  const ending = new Set<string>();
  onChangeOf(stage, ["pods", "nodes"], 100, () => {
    for (const pod of stage.store.list("pods")) {
      const uid = pod.metadata.uid ?? "";
      const node = stage.store.get("nodes", undefined, nodeOf(pod) ?? "");
      if (nodeOf(pod) !== undefined && node === undefined) {
        if (!ending.has(uid)) later(stage, "pods", pod, 40_000, (live) => purge(stage, live));
        ending.add(uid);
      } else if (pod.metadata.deletionTimestamp !== undefined && node !== undefined) {
        if (!isTrue(conditionAt(node, "Ready")) || ending.has(uid)) continue;
        ending.add(uid);
        later(stage, "pods", pod, 1_000 + stage.random.below(10_000), (live) => purge(stage, live));
      } else if (node !== undefined && !started.has(uid)) {
        started.add(uid);
        start(stage, pod, habits);
      }
    }
  });
}

function purge(stage: Stage, pod: KubeObject): void {
  stage.store.purge("pods", pod.metadata.namespace, pod.metadata.name);
}

function start(stage: Stage, pod: KubeObject, habits: PodHabits): void {
  const { random } = stage;
  later(stage, "pods", pod, 5_000 + random.below(120_000), (live) => {
    const containerStatuses = [{ name: "model", ready: false, restartCount: 0, state: { running: {} } }];
    setStatus(stage, "pods", live, { phase: "Running", containerStatuses });
    const training = objectsAt(live, "metadata", "ownerReferences").some(({ kind }) => kind === "Job");
    if (training) later(stage, "pods", live, 600_000 + random.below(3_600_000), (one) => succeed(stage, one));
    else later(stage, "pods", live, 20_000 + random.below(280_000), (one) => serve(stage, one, habits));
  });
}

function serve(stage: Stage, pod: KubeObject, habits: PodHabits): void {
  if (isOver(pod)) return;
  setStatus(stage, "pods", pod, {
    containerStatuses: [{ name: "model", ready: true, restartCount: 0, state: { running: {} } }],
  });
  setCondition(stage, "pods", pod, { type: "Ready", status: "True" });
  if (stage.random.next() < habits.evicted)
    later(stage, "pods", pod, stage.random.below(3_600_000), (live) => evict(stage, live));
  if (stage.random.next() >= habits.crash) return;
  later(stage, "pods", pod, stage.random.below(3_600_000), (live) => {
    if (isOver(live)) return;
    stage.befalls("container crashed");
    setCondition(stage, "pods", live, { type: "Ready", status: "False" });
    const waiting = { reason: "CrashLoopBackOff", message: "back-off restarting" };
    const containerStatuses = [{ name: "model", ready: false, restartCount: 1, state: { waiting } }];
    setStatus(stage, "pods", live, { containerStatuses });
    later(stage, "pods", live, 60_000, (one) => serve(stage, one, habits));
  });
}

function evict(stage: Stage, pod: KubeObject): void {
  if (isOver(pod)) return;
  stage.befalls("pod evicted");
  setCondition(stage, "pods", pod, { type: "Ready", status: "False" });
  const message = "The node was low on resource: memory.";
  setStatus(stage, "pods", pod, { phase: "Failed", reason: "Evicted", message, containerStatuses: [] });
}

function succeed(stage: Stage, pod: KubeObject): void {
  if (textAt(pod, "status", "phase") === "Running") setStatus(stage, "pods", pod, { phase: "Succeeded" });
}
