import { nameOf, namespaceOf, numberAt, objectAt, objectsAt, textAt } from "../capacity/fields.ts";
import { isOver, isReady, nodeOf } from "../capacity/pod.ts";
import { contains, hashOf } from "../children/applied.ts";
import type { JsonObject } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import { imaginedUid, isPodOf, isUnchanged, uidOf, withMembers } from "./objects.ts";

/** What kube-controller-manager does next for Deployments, StatefulSets and Jobs: one step of each, then their status. */
export function afterWorkloads(cluster: Cluster): Cluster {
  let { pods } = cluster;
  const children = cluster.children.map((child) => {
    const step = stepOf(child, pods);
    if (step === undefined) return child;
    pods = step.pods;
    return step.workload;
  });
  const same = isUnchanged(children, cluster.children) && isUnchanged(pods, cluster.pods);
  return same ? cluster : { ...cluster, children, pods };
}

interface Stepped {
  readonly workload: JsonObject;
  readonly pods: readonly JsonObject[];
}

function stepOf(workload: JsonObject, pods: readonly JsonObject[]): Stepped | undefined {
  switch (workload["kind"]) {
    case "Deployment":
      return deploymentStep(workload, pods);
    case "StatefulSet":
      return statefulSetStep(workload, pods);
    case "Job":
      return jobStep(workload, pods);
    default:
      return undefined;
  }
}

function deploymentStep(deployment: JsonObject, pods: readonly JsonObject[]): Stepped {
  const name = `${nameOf(deployment)}-${hashOf(templateOf(deployment)).slice(0, 10)}`;
  const own = pods.filter((pod) => isPodOf(pod, targetOf(deployment)) && !isOver(pod));
  const current = own.filter((pod) => isCurrent(deployment, pod));
  const outdated = own.filter((pod) => !current.includes(pod));
  const wanted = replicasOf(deployment);
  const { maxSurge = 0, maxUnavailable = 0 } = objectAt(deployment, "spec", "strategy", "rollingUpdate");
  const made = Math.max(0, Math.min(wanted - current.length, wanted + Number(maxSurge) - own.length));
  const spare = own.filter(isReady).length - (wanted - Number(maxUnavailable));
  // What never got a node goes first: nobody misses it.
  const waiting = outdated.filter((pod) => nodeOf(pod) === undefined);
  const gone = [
    ...waiting,
    ...outdated.filter((pod) => !waiting.includes(pod)).slice(0, Math.max(0, spare)),
    ...current.slice(wanted),
  ];
  const owner = { kind: "ReplicaSet", name, uid: imaginedUid("ReplicaSet", namespaceOf(deployment), name) };
  const free = freeNumbers(name, pods, made);
  const created = free.map((number) => podFrom(deployment, { name: `${name}-${number}`, owner }));
  const left = own.filter((pod) => !gone.includes(pod));
  const updated = current.filter((pod) => !gone.includes(pod)).length + made;
  return {
    workload: withStatus(deployment, { total: left.length + made, updated, ready: left.filter(isReady).length }),
    pods: gone.length + made === 0 ? pods : [...pods.filter((pod) => !gone.includes(pod)), ...created],
  };
}

/** With updateStrategy OnDelete a pod is made anew only where there is none. */
function statefulSetStep(set: JsonObject, pods: readonly JsonObject[]): Stepped {
  const wanted = replicasOf(set);
  const own = pods.filter((pod) => isPodOf(pod, targetOf(set)) && !isOver(pod));
  const isSeen = numberAt(set, "status", "observedGeneration") === numberAt(set, "metadata", "generation");
  const known = isSeen ? textAt(set, "status", "updateRevision") : undefined;
  const revision = known ?? `${nameOf(set)}-${hashOf(templateOf(set)).slice(0, 10)}`;
  const indexes = Array.from({ length: wanted }, (_, i) => i);
  const lacking = indexes.filter((i) => !own.some((pod) => nameOf(pod) === `${nameOf(set)}-${i}`));
  const owner = { kind: "StatefulSet", name: nameOf(set), uid: uidOf(set) };
  const created = lacking.map((i) => {
    const labels = { "controller-revision-hash": revision, "apps.kubernetes.io/pod-index": String(i) };
    return podFrom(set, { name: `${nameOf(set)}-${i}`, owner, labels });
  });
  const surplus = own.filter((pod) => !indexes.some((i) => nameOf(pod) === `${nameOf(set)}-${i}`));
  const left = own.filter((pod) => !surplus.includes(pod));
  const isUpdated = (pod: JsonObject) => textAt(pod, "metadata", "labels", "controller-revision-hash") === revision;
  const counts = {
    total: left.length + created.length,
    updated: left.filter(isUpdated).length + created.length,
    ready: left.filter(isReady).length,
  };
  return {
    workload: withStatus(set, counts, { updateRevision: revision }),
    pods: surplus.length + created.length === 0 ? pods : [...pods.filter((pod) => !surplus.includes(pod)), ...created],
  };
}

/** A training runs; when it ends is not for us to imagine. */
function jobStep(job: JsonObject, pods: readonly JsonObject[]): Stepped | undefined {
  const ended = objectsAt(job, "status", "conditions").some(({ status }) => status === "True");
  if (ended || pods.some((pod) => isPodOf(pod, targetOf(job)))) return undefined;
  const owner = { kind: "Job", name: nameOf(job), uid: uidOf(job) };
  return { workload: job, pods: [...pods, podFrom(job, { name: `${nameOf(job)}-0`, owner })] };
}

function templateOf(workload: JsonObject): JsonObject {
  return objectAt(workload, "spec", "template");
}

function replicasOf(workload: JsonObject): number {
  return numberAt(workload, "spec", "replicas") ?? 1;
}

function targetOf(workload: JsonObject): { readonly kind: string; readonly namespace: string; readonly name: string } {
  return { kind: textAt(workload, "kind") ?? "", namespace: namespaceOf(workload), name: nameOf(workload) };
}

// Members of a pod spec to which admission adds only items with names of their own.
const COMPARED = ["containers", "initContainers", "affinity", "nodeSelector", "volumes"];

/** Whether the pod was made from the present template. ReplicaSets are not read: their templates are seen in the pods. */
function isCurrent(deployment: JsonObject, pod: JsonObject): boolean {
  const { updatedReplicas, replicas, observedGeneration } = objectAt(deployment, "status");
  const isSeen = observedGeneration === numberAt(deployment, "metadata", "generation");
  if (isSeen && replicas !== undefined && updatedReplicas === replicas) return true;
  const part = (spec: JsonObject): JsonObject =>
    Object.fromEntries(COMPARED.flatMap((key) => (spec[key] === undefined ? [] : [[key, spec[key]]])));
  const template = templateOf(deployment);
  return (
    contains(part(objectAt(pod, "spec")), part(objectAt(template, "spec"))) &&
    contains(objectAt(pod, "metadata", "annotations"), objectAt(template, "metadata", "annotations"))
  );
}

function freeNumbers(prefix: string, pods: readonly JsonObject[], count: number): readonly number[] {
  const taken = new Set(pods.map(nameOf));
  const free: number[] = [];
  for (let number = 0; free.length < count; number++) if (!taken.has(`${prefix}-${number}`)) free.push(number);
  return free;
}

interface PodPlan {
  readonly name: string;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly labels?: { readonly [label: string]: string };
}

function podFrom(workload: JsonObject, { name, owner, labels = {} }: PodPlan): JsonObject {
  const template = templateOf(workload);
  const namespace = namespaceOf(workload);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...objectAt(template, "metadata"),
      name,
      namespace,
      uid: imaginedUid("Pod", namespace, name),
      labels: { ...objectAt(template, "metadata", "labels"), ...labels },
      ownerReferences: [{ apiVersion: "apps/v1", ...owner, controller: true }],
    },
    spec: objectAt(template, "spec"),
    status: { phase: "Pending" },
  };
}

interface Counts {
  readonly total: number;
  readonly updated: number;
  readonly ready: number;
}

function withStatus(workload: JsonObject, { total, updated, ready }: Counts, more: JsonObject = {}): JsonObject {
  const observedGeneration = numberAt(workload, "metadata", "generation") ?? 1;
  const wanted = { observedGeneration, replicas: total, updatedReplicas: updated, readyReplicas: ready, ...more };
  // Kubernetes leaves out counts of zero.
  const isSame = Object.entries(wanted).every(
    ([key, value]) => (objectAt(workload, "status")[key] ?? (typeof value === "number" ? 0 : undefined)) === value,
  );
  return isSame ? workload : withMembers(workload, "status", wanted);
}
