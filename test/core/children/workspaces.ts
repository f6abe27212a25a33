import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";

const gpuPod: JsonObject = {
  metadata: { labels: { "kaito.sh/workspace": "phi" } },
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: "apps", operator: "In", values: ["phi"] },
                { key: "foresail.dev/workspace", operator: "In", values: ["phi"] },
                { key: "foresail.dev/workspace-namespace", operator: "In", values: ["models"] },
                { key: "node.kubernetes.io/instance-type", operator: "In", values: ["Standard_NC24ads_A100_v4"] },
              ],
            },
          ],
        },
      },
    },
    containers: [
      {
        name: "model",
        image: "example.test/base:1",
        resources: {
          limits: { "nvidia.com/gpu": "1" },
          requests: { cpu: "16", memory: "154Gi", "nvidia.com/gpu": "1" },
        },
      },
    ],
    tolerations: [
      { effect: "NoSchedule", key: "nvidia.com/gpu", operator: "Exists" },
      { effect: "NoSchedule", key: "sku", operator: "Equal", value: "gpu" },
    ],
  },
};

/** An inference expansion as admission writes it, shortened. */
export const expansion: Expansion = {
  catalog: "2026.11.0",
  inputsHash: `sha256:${"0".repeat(64)}`,
  instanceType: "Standard_NC24ads_A100_v4",
  nodeCount: 1,
  gpu: { resource: "nvidia.com/gpu", perNode: 1, model: "A100", memoryGiB: 80, computeCapability: "8.0" },
  nodes: {
    provision: true,
    placement: "dedicated",
    region: "eastus",
    capacityTypes: ["on-demand"],
    storageGiB: 107,
    labels: { apps: "phi" },
  },
  workload: { kind: "Deployment", name: "phi", replicas: 1, rollout: "surge" },
  service: {
    type: "ClusterIP",
    api: ["openai"],
    ports: [
      { name: "http", port: 80, targetPort: 5000, protocol: "TCP" },
      { name: "rendezvous", port: 29500, targetPort: 29500, protocol: "TCP" },
    ],
  },
  podTemplate: gpuPod,
};

export function workspace(changed: Partial<Expansion> = {}, uid = "11111111-2222-3333-4444-555555555555"): Workspace {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: {
      name: "phi",
      namespace: "models",
      uid,
      generation: 1,
      labels: { "argocd.argoproj.io/instance": "app" },
      annotations: { "argocd.argoproj.io/tracking-id": "app:kaito.sh/Workspace:models/phi" },
    },
    resource: { count: 1, labelSelector: { matchLabels: { apps: "phi" } } },
    inference: { preset: { name: "phi-4", accessMode: "public" } },
    expansion: { ...expansion, ...changed },
  };
}
