import { createHash } from "node:crypto";
import type { JsonObject } from "../../src/core/json.ts";

/**
 * What KAITO v0.12 makes for a Workspace with a preset, written from its source (pkg/workspace/manifests,
 * pkg/workspace/inference, pkg/utils/nodeclaim, pkg/nodeprovision/karpenter).
 */
export interface KaitoWorkspace {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly instanceType: string;
  readonly nodes: "gpu-provisioner" | "karpenter" | "byo";
  readonly preset?: string;
  /** Pods, and nodes, of the model. Default 1. */
  readonly replicas?: number;
  /** Whether weights lie on NVMe disks, claimed for each pod. */
  readonly nvme?: boolean;
}

const IMAGE = "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0";
const PORT = 5000;
const TAINT = { key: "sku", value: "gpu", effect: "NoSchedule" };

function owner({ name, uid }: KaitoWorkspace): JsonObject {
  const reference = { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", name, uid };
  return { ...reference, controller: true, blockOwnerDeletion: true };
}

/** The Workspace as git has it; KAITO adds its finalizer, the two annotations and a status. */
export function stated({ namespace, name, instanceType, preset }: Omit<KaitoWorkspace, "uid">): JsonObject {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, namespace },
    resource: { instanceType, labelSelector: { matchLabels: { apps: name } } },
    inference: { preset: { name: preset ?? "phi-4-mini-instruct" } },
  };
}

/** What KAITO writes into the metadata of the Workspace. */
export function kaitoMetadata(workspace: JsonObject): JsonObject {
  return {
    finalizers: ["workspace.finalizer.kaito.sh"],
    annotations: { "workspace.kaito.io/hash": hashOf(workspace), "workspace.kaito.io/revision": "1" },
  };
}

/** KAITO's own status of a Workspace that serves. */
export function kaitoStatus(workerNodes: readonly string[], time: string): JsonObject {
  const condition = (type: string, reason: string): JsonObject => ({
    type,
    status: "True",
    reason,
    message: "",
    lastTransitionTime: time,
    observedGeneration: 1,
  });
  return {
    state: "Ready",
    targetNodeCount: workerNodes.length,
    workerNodes,
    conditions: [
      condition("NodeClaimReady", "NodeClaimsReady"),
      condition("NodesReady", "NodesReady"),
      condition("ResourceReady", "workspaceResourceStatusSuccess"),
      condition("InferenceReady", "WorkspaceInferenceStatusSuccess"),
      condition("BenchmarkCompleted", "BenchmarkCompleted"),
      condition("WorkspaceSucceeded", "workspaceSucceeded"),
    ],
  };
}

/** ControllerRevision, Services and StatefulSet, in the order they are made. */
export function kaitoObjects(made: KaitoWorkspace): readonly JsonObject[] {
  return [controllerRevision(made), front(made), headless(made), statefulSet(made)];
}

function controllerRevision(made: KaitoWorkspace): JsonObject {
  const { resource, inference } = stated(made) as { readonly resource: JsonObject; readonly inference: JsonObject };
  const hash = hashOf(stated(made));
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${made.name}-${hash.slice(0, 5)}`,
      namespace: made.namespace,
      annotations: { "workspace.kaito.io/hash": hash },
      labels: { "workspace.kaito.io/name": made.name },
      ownerReferences: [owner(made)],
    },
    revision: 1,
    data: { resource, inference, tuning: null },
  };
}

function front(made: KaitoWorkspace): JsonObject {
  const { name, namespace } = made;
  const port = (portName: string, number: number, targetPort = number): JsonObject => ({
    name: portName,
    port: number,
    targetPort,
    protocol: "TCP",
  });
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, ownerReferences: [owner(made)] },
    spec: {
      type: "ClusterIP",
      ports: [port("http", 80, PORT), port("ray", 6379), port("dashboard", 8265), port("kv-events", 5557)],
      selector: { "kaito.sh/workspace": name, "statefulset.kubernetes.io/pod-name": `${name}-0` },
      publishNotReadyAddresses: true,
    },
  };
}

function headless(made: KaitoWorkspace): JsonObject {
  const { name, namespace } = made;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-headless`, namespace, ownerReferences: [owner(made)] },
    spec: { clusterIP: "None", selector: { "kaito.sh/workspace": name }, publishNotReadyAddresses: true },
  };
}

function statefulSet(made: KaitoWorkspace): JsonObject {
  const { name, namespace, replicas = 1, nvme = false } = made;
  const weights = "model-weights-volume";
  const claimed = {
    metadata: { name: weights, labels: { "kaito.sh/workspace": name } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "kaito-local-nvme-disk",
      resources: { requests: { storage: "87Gi" } },
    },
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name,
      namespace,
      annotations: { "workspace.kaito.io/revision": "1" },
      ownerReferences: [owner(made)],
    },
    spec: {
      replicas,
      podManagementPolicy: "Parallel",
      serviceName: `${name}-headless`,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      selector: { matchLabels: { "kaito.sh/workspace": name } },
      ...(nvme ? { volumeClaimTemplates: [claimed] } : {}),
      template: {
        metadata: { labels: { "kaito.sh/workspace": name } },
        spec: {
          affinity: affinity(made),
          containers: [container(made)],
          tolerations: [
            { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
            { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
          ],
          volumes: [
            { name: "dshm", emptyDir: { medium: "Memory" } },
            ...(nvme ? [] : [{ name: weights, emptyDir: {} }]),
          ],
        },
      },
    },
  };
}

function container({ name, preset = "phi-4-mini-instruct" }: KaitoWorkspace): JsonObject {
  const flags = `--served-model-name=${preset} --dtype=bfloat16 --max-model-len=auto --gpu-memory-utilization=0.84`;
  const health = { httpGet: { path: "/health", port: PORT }, periodSeconds: 10 };
  return {
    name,
    image: IMAGE,
    command: ["/bin/sh", "-c", `python3 /workspace/vllm/inference_api.py ${flags} --download-dir=/workspace/weights`],
    env: [
      { name: "VLLM_USE_FLASHINFER_SAMPLER", value: "0" },
      { name: "VLLM_USE_DEEP_GEMM", value: "0" },
    ],
    ports: [
      { name: "http", containerPort: PORT },
      { name: "kv-events", containerPort: 5557 },
    ],
    resources: { limits: { "nvidia.com/gpu": "1" }, requests: { "nvidia.com/gpu": "1" } },
    volumeMounts: [
      { name: "dshm", mountPath: "/dev/shm" },
      { name: "model-weights-volume", mountPath: "/workspace/weights" },
    ],
    startupProbe: {
      exec: { command: ["python3", "/workspace/vllm/benchmark_entrypoint.py"] },
      failureThreshold: 180,
      periodSeconds: 10,
      timeoutSeconds: 600,
    },
    livenessProbe: health,
    readinessProbe: { ...health, initialDelaySeconds: 30 },
  };
}

function affinity(made: KaitoWorkspace): JsonObject {
  const labels = { apps: made.name, ...ownerLabels(made) };
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}

function ownerLabels({ nodes, name, namespace }: KaitoWorkspace): { readonly [label: string]: string } {
  switch (nodes) {
    case "gpu-provisioner":
      return { "kaito.sh/workspace": name, "kaito.sh/workspacenamespace": namespace };
    case "karpenter":
      return { "karpenter.kaito.sh/workspace-name": name, "karpenter.kaito.sh/workspace-namespace": namespace };
    case "byo":
      return {};
  }
}

/** One NodeClaim of the gpu-provisioner path; `nodeClass` is that of the cluster at hand. */
export function kaitoClaim(made: KaitoWorkspace, nodeClass: JsonObject, nth = 0): JsonObject {
  const { namespace, name, instanceType } = made;
  const requirement = (key: string, value: string): JsonObject => ({ key, operator: "In", values: [value] });
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: {
      name: `ws${sha256(`${namespace}/${name}/${nth}`).slice(0, 9)}`,
      labels: { "karpenter.sh/nodepool": "kaito", ...ownerLabels(made), apps: name },
      annotations: { "karpenter.sh/do-not-disrupt": "true", "kaito.sh/node-image-family": "ubuntu" },
    },
    spec: {
      nodeClassRef: nodeClass,
      taints: [TAINT],
      requirements: [
        requirement("karpenter.sh/nodepool", "kaito"),
        requirement("node.kubernetes.io/instance-type", instanceType),
        requirement("kubernetes.io/os", "linux"),
      ],
      resources: { requests: { storage: "87Gi" } },
    },
  };
}

/** The NodePool of the karpenter path. */
export function kaitoPool(made: KaitoWorkspace, nodeClass: JsonObject): JsonObject {
  const { namespace, name, instanceType, replicas = 1 } = made;
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: {
      name: `${namespace}-${name}`,
      labels: { "karpenter.kaito.sh/managed-by": "kaito", ...ownerLabels(made) },
    },
    spec: {
      replicas,
      disruption: { consolidateAfter: "0s", budgets: [{ nodes: "1", reasons: ["Drifted"] }] },
      template: {
        metadata: { labels: { ...ownerLabels(made), apps: name } },
        spec: {
          nodeClassRef: nodeClass,
          taints: [TAINT],
          requirements: [{ key: "node.kubernetes.io/instance-type", operator: "In", values: [instanceType] }],
        },
      },
    },
  };
}

function hashOf({ resource, inference, tuning }: JsonObject): string {
  return sha256([resource, inference, tuning ?? null].map((one) => JSON.stringify(one)).join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
