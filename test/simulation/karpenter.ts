import { claimOf, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../../src/core/capacity/claim.ts";
import { objectAt, objectsAt, textAt } from "../../src/core/capacity/fields.ts";
import { isDaemon, nodeOf } from "../../src/core/capacity/pod.ts";
import { findInstanceType, type Release } from "../../src/core/catalogue.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { later, onChangeOf, type Stage, setCondition, setStatus } from "./actor.ts";

const FINALIZER = "karpenter.sh/termination";
const REFUSALS = ["SKUNotAvailable", "AllocationFailure", "ZonalAllocationFailure", "SubscriptionQuotaReached"];

/** How willing the cloud is. Each a probability for one claim. */
export interface Supply {
  /** No stock for the offering. */
  refused: number;
  /** The machine runs and its node never joins. */
  neverJoins: number;
  /** The node joins and its GPUs never come. */
  noGpus: number;
  /** A running machine is lost within the hour. */
  lost: number;
}

/** A Karpenter-core controller and its cloud, as seen through claims and nodes. */
export function startKarpenter(stage: Stage, release: Release, supply: Supply): void {
  const met = new Set<string>();
  const leaving = new Set<string>();
  onChangeOf(stage, ["nodeclaims"], 100, () => {
    for (const claim of stage.store.list("nodeclaims")) {
      const uid = claim.metadata.uid ?? "";
      if (claim.metadata.deletionTimestamp !== undefined) {
        if (!leaving.has(uid)) terminate(stage, claim);
        leaving.add(uid);
      } else if (!met.has(uid)) {
        met.add(uid);
        launch(stage, release, supply, claim);
      }
    }
  });
}

function launch(stage: Stage, release: Release, supply: Supply, claim: KubeObject): void {
  const { store, random } = stage;
  const { name } = claim.metadata;
  store.update("nodeclaims", undefined, name, (live) => ({
    ...live,
    metadata: { ...live.metadata, finalizers: [...(live.metadata.finalizers ?? []), FINALIZER] },
  }));
  later(stage, "nodeclaims", claim, 500 + random.below(10_000), (live) => {
    if (live.metadata.deletionTimestamp !== undefined) return;
    if (random.next() < supply.refused) return refuse(stage, live);
    setStatus(stage, "nodeclaims", live, { providerID: `simulated://${name}` });
    setCondition(stage, "nodeclaims", live, { type: "Launched", status: "True", reason: "Launched" });
    if (random.next() < supply.neverJoins) {
      stage.befalls("node never joined", live.metadata.uid);
      later(stage, "nodeclaims", live, 15 * 60_000, (one) => give(stage, one));
    } else
      later(stage, "nodeclaims", live, 30_000 + random.below(240_000), (one) => register(stage, release, supply, one));
  });
}

function refuse(stage: Stage, claim: KubeObject): void {
  stage.befalls("offering out of stock");
  const reason = stage.random.pick(REFUSALS);
  if (stage.random.next() < 0.7)
    setCondition(stage, "nodeclaims", claim, { type: "Launched", status: "Unknown", reason, message: "no stock" });
  later(stage, "nodeclaims", claim, stage.random.below(3_000), (live) => give(stage, live));
}

function give(stage: Stage, claim: KubeObject): void {
  stage.store.delete("nodeclaims", undefined, claim.metadata.name);
}

function register(stage: Stage, release: Release, supply: Supply, claim: KubeObject): void {
  if (claim.metadata.deletionTimestamp !== undefined) return;
  const { store, random } = stage;
  const nodeName = `node-${claim.metadata.name}-${claim.metadata.uid}`;
  const node = store.create("nodes", nodeOfClaim(release, claim, nodeName));
  setCondition(stage, "nodes", node, { type: "Ready", status: "True" });
  setStatus(stage, "nodeclaims", claim, { nodeName });
  setCondition(stage, "nodeclaims", claim, { type: "Registered", status: "True", reason: "Registered" });
  if (random.next() < supply.lost)
    later(stage, "nodes", node, random.below(3_600_000), (live) => lose(stage, claim, live));
  if (random.next() < supply.noGpus) {
    stage.befalls("GPUs never came", claim.metadata.uid);
    return;
  }
  later(stage, "nodes", node, 5_000 + random.below(60_000), (live) => {
    const gpus = String(sizeOf(release, claim)?.gpuCount ?? 1);
    const allocatable = { ...objectAt(live, "status", "allocatable"), "nvidia.com/gpu": gpus };
    setStatus(stage, "nodes", live, { allocatable });
    for (const type of ["Initialized", "Ready"])
      setCondition(stage, "nodeclaims", claim, { type, status: "True", reason: type });
  });
}

/** A spot eviction, a broken machine: the node goes at once, its claim when somebody notices. */
function lose(stage: Stage, claim: KubeObject, node: KubeObject): void {
  stage.befalls("machine evicted", claim.metadata.uid);
  stage.store.purge("nodes", undefined, node.metadata.name);
  later(stage, "nodeclaims", claim, 120_000, (live) => give(stage, live));
}

function nodeOfClaim(release: Release, claim: KubeObject, name: string): JsonObject {
  const labels = Object.fromEntries(claimOf(claim).labels);
  const type = sizeOf(release, claim);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { ...labels, [ZONE_LABEL]: labels[ZONE_LABEL] ?? "eastus-1", "kubernetes.io/hostname": name },
    },
    spec: { taints: objectsAt(claim, "spec", "taints") },
    status: {
      allocatable: {
        cpu: String((type?.vcpus ?? 24) - 1),
        memory: `${Math.floor((type?.memoryGiB ?? 220) * 0.95)}Gi`,
        "ephemeral-storage": "1000Gi",
        pods: "110",
      },
      conditions: [],
    },
  };
}

function sizeOf(release: Release, claim: KubeObject) {
  return findInstanceType(release, claimOf(claim).labels.get(INSTANCE_TYPE_LABEL) ?? "");
}

/** Drains, then lets go: pods first, at most ten minutes for them. */
function terminate(stage: Stage, claim: KubeObject, sinceMs = stage.time.nowMs()): void {
  const { store, time } = stage;
  const nodeName = textAt(claim, "status", "nodeName") ?? "";
  const node = store.get("nodes", undefined, nodeName);
  const bound = store.list("pods").filter((pod) => nodeOf(pod) === nodeName && !isDaemon(pod));
  if (node !== undefined && bound.length > 0 && time.nowMs() - sinceMs < 600_000) {
    const taint = { key: "karpenter.sh/disrupted", effect: "NoSchedule" };
    store.update("nodes", undefined, nodeName, (live) => ({
      ...live,
      spec: { ...objectAt(live, "spec"), taints: [...objectsAt(claim, "spec", "taints"), taint] },
    }));
    for (const pod of bound) store.delete("pods", pod.metadata.namespace, pod.metadata.name, 30);
    later(stage, "nodeclaims", claim, 5_000, (live) => terminate(stage, live, sinceMs));
    return;
  }
  if (node !== undefined) store.purge("nodes", undefined, nodeName);
  later(stage, "nodeclaims", claim, 3_000, (live) =>
    store.update("nodeclaims", undefined, live.metadata.name, (one) => ({
      ...one,
      metadata: { ...one.metadata, finalizers: (one.metadata.finalizers ?? []).filter((each) => each !== FINALIZER) },
    })),
  );
}
