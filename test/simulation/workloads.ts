import { createHash } from "node:crypto";
import { conditionAt, isTrue, numberAt, objectAt, textAt } from "../../src/core/capacity/fields.ts";
import { isOver, isReady } from "../../src/core/capacity/pod.ts";
import { canonicalJson, type JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { controlledBy, isControlledBy, onChangeOf, type Stage, setCondition, setStatus } from "./actor.ts";
import { FOREGROUND } from "./api-server.ts";

const RESOURCES = ["deployments", "statefulsets", "jobs", "pods"];

/** kube-controller-manager: Deployments, StatefulSets, Jobs, and what goes with its owner. */
export function startWorkloads(stage: Stage): void {
  onChangeOf(stage, RESOURCES, 200, () => {
    for (const one of stage.store.list("deployments")) deployment(stage, one);
    for (const one of stage.store.list("statefulsets")) statefulSet(stage, one);
    for (const one of stage.store.list("jobs")) job(stage, one);
  });
  onChangeOf(stage, ["workspaces", ...RESOURCES, "services", "configmaps", "networkpolicies"], 300, () =>
    collectGarbage(stage),
  );
}

function deployment(stage: Stage, owner: KubeObject): void {
  if (owner.metadata.deletionTimestamp !== undefined) return;
  const template = objectAt(owner, "spec", "template");
  const hash = hashOf(template);
  const replicas = numberAt(owner, "spec", "replicas") ?? 1;
  const { maxSurge = 1, maxUnavailable = 0 } = objectAt(owner, "spec", "strategy", "rollingUpdate");
  const surge = Number(maxSurge);
  const pods = podsOf(stage, owner).filter((pod) => pod.metadata.deletionTimestamp === undefined && !isOver(pod));
  const current = pods.filter((pod) => pod.metadata.labels?.["pod-template-hash"] === hash);
  const old = pods.filter((pod) => !current.includes(pod));
  const ready = current.filter(isReady).length;
  const wanted = replicas === 0 ? 0 : old.length === 0 ? replicas : Math.min(replicas, replicas + surge - old.length);
  for (let i = current.length; i < wanted; i++)
    makePod(stage, owner, template, `${owner.metadata.name}-${hash}-${unique(stage)}`, { "pod-template-hash": hash });
  // The least useful first.
  const byUse = [...current].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
  for (const pod of byUse.slice(0, Math.max(0, current.length - replicas))) removePod(stage, pod);
  const mayGo = old.length - Math.max(0, replicas - ready - Number(maxUnavailable));
  const oldByUse = [...old].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
  for (const pod of oldByUse.slice(0, replicas === 0 ? old.length : Math.max(0, mayGo))) removePod(stage, pod);
  const all = podsOf(stage, owner).filter((pod) => pod.metadata.deletionTimestamp === undefined && !isOver(pod));
  setStatus(stage, "deployments", owner, {
    observedGeneration: owner.metadata.generation ?? 1,
    replicas: all.length,
    updatedReplicas: all.filter((pod) => pod.metadata.labels?.["pod-template-hash"] === hash).length,
    readyReplicas: all.filter(isReady).length,
  });
}

function statefulSet(stage: Stage, owner: KubeObject): void {
  if (owner.metadata.deletionTimestamp !== undefined) return;
  const template = objectAt(owner, "spec", "template");
  const hash = hashOf(template);
  const replicas = numberAt(owner, "spec", "replicas") ?? 1;
  const pods = podsOf(stage, owner);
  for (let i = 0; i < replicas; i++) {
    const name = `${owner.metadata.name}-${i}`;
    const there = stage.store.get("pods", owner.metadata.namespace, name);
    const labels = { "controller-revision-hash": hash, "apps.kubernetes.io/pod-index": String(i) };
    if (there === undefined) makePod(stage, owner, template, name, labels);
    else if (isOver(there)) removePod(stage, there);
  }
  for (const pod of pods) {
    if (Number(pod.metadata.labels?.["apps.kubernetes.io/pod-index"]) >= replicas) removePod(stage, pod);
  }
  const all = podsOf(stage, owner).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  setStatus(stage, "statefulsets", owner, {
    observedGeneration: owner.metadata.generation ?? 1,
    updateRevision: hash,
    replicas: all.length,
    updatedReplicas: all.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] === hash).length,
    readyReplicas: all.filter(isReady).length,
  });
}

function job(stage: Stage, owner: KubeObject): void {
  if (owner.metadata.deletionTimestamp !== undefined || isTrue(conditionAt(owner, "Complete"))) return;
  const pods = podsOf(stage, owner);
  const done = pods.some((pod) => textAt(pod, "status", "phase") === "Succeeded");
  if (done) {
    setStatus(stage, "jobs", owner, { active: 0, succeeded: 1 });
    setCondition(stage, "jobs", owner, { type: "Complete", status: "True" });
    return;
  }
  const active = pods.filter((pod) => !isOver(pod) && pod.metadata.deletionTimestamp === undefined);
  if (active.length === 0)
    makePod(stage, owner, objectAt(owner, "spec", "template"), `${owner.metadata.name}-${unique(stage)}`, {});
  setStatus(stage, "jobs", owner, { active: Math.max(1, active.length) });
}

function makePod(stage: Stage, owner: KubeObject, template: JsonObject, name: string, labels: JsonObject): void {
  const metadata = objectAt(template, "metadata");
  stage.store.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: owner.metadata.namespace ?? "",
      labels: { ...objectAt(metadata, "labels"), ...labels },
      annotations: objectAt(metadata, "annotations"),
      ownerReferences: [controlledBy(owner)],
    },
    spec: objectAt(template, "spec"),
    status: { phase: "Pending", conditions: [] },
  });
}

function removePod(stage: Stage, pod: KubeObject): void {
  stage.store.delete("pods", pod.metadata.namespace, pod.metadata.name, 30);
}

function podsOf(stage: Stage, owner: KubeObject): readonly KubeObject[] {
  return stage.store.list("pods").filter((pod) => isControlledBy(pod, owner));
}

/** Takes away what belongs to an owner that is gone, and lets go of owners that wait for their dependents. */
function collectGarbage(stage: Stage): void {
  const { store } = stage;
  const kinds = ["deployments", "statefulsets", "jobs", "pods", "services", "configmaps", "networkpolicies"];
  const owners = ["workspaces", "deployments", "statefulsets", "jobs"].flatMap((plural) => store.list(plural));
  const there = new Map(owners.map((owner) => [owner.metadata.uid, owner]));
  const dependents = kinds.flatMap((plural) => store.list(plural).map((object) => ({ plural, object })));
  for (const { plural, object } of dependents) {
    const references = (object.metadata["ownerReferences"] ?? []) as readonly JsonObject[];
    if (references.length === 0) continue;
    const owner = there.get(String(references[0]?.["uid"]));
    const leaving = owner?.metadata.finalizers?.includes(FOREGROUND) && owner.metadata.deletionTimestamp !== undefined;
    if (owner === undefined || leaving) store.delete(plural, object.metadata.namespace, object.metadata.name, 30);
  }
  for (const { plural, object } of dependents) {
    if (object.metadata.deletionTimestamp === undefined || !object.metadata.finalizers?.includes(FOREGROUND)) continue;
    if (dependents.some((one) => isControlledBy(one.object, object) && isThere(stage, one.plural, one.object)))
      continue;
    store.update(plural, object.metadata.namespace, object.metadata.name, (live) => ({
      ...live,
      metadata: { ...live.metadata, finalizers: (live.metadata.finalizers ?? []).filter((one) => one !== FOREGROUND) },
    }));
  }
}

function isThere(stage: Stage, plural: string, object: KubeObject): boolean {
  return stage.store.get(plural, object.metadata.namespace, object.metadata.name) !== undefined;
}

function hashOf(template: JsonObject): string {
  return createHash("sha256").update(canonicalJson(template)).digest("hex").slice(0, 8);
}

function unique({ random }: Stage): string {
  return random
    .below(36 ** 6)
    .toString(36)
    .padStart(6, "0");
}
