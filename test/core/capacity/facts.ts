import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../../../src/core/capacity/claim.ts";
import { ownerOf } from "../../../src/core/capacity/owner.ts";
import type { CapacityQuestion } from "../../../src/core/capacity/question.ts";
import type { InstanceType, Release } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import { expansion, workspace } from "../children/workspaces.ts";

export const A100 = "Standard_NC24ads_A100_v4";
export const H100 = "Standard_NC40ads_H100_v5";
export const NOW = Date.parse("2026-11-22T12:00:00Z");

function size(name: string, gpuModel: string, vcpus: number, memoryGiB: number): InstanceType {
  return {
    name,
    aliases: [],
    cloud: "azure",
    gpuVendor: "nvidia",
    gpuModel,
    gpuCount: 1,
    gpuMemoryGiB: 80,
    computeCapability: "8.0",
    vcpus,
    memoryGiB,
    localNvme: true,
    confidential: false,
  };
}

export const release: Release = {
  id: "2026.11.0",
  engine: 1,
  models: [],
  formerModels: [],
  runtimes: [],
  servers: [],
  migProfiles: [],
  instanceTypes: [size(A100, "A100", 24, 220), size(H100, "H100", 40, 320)],
  prices: [
    {
      cloud: "azure",
      currency: "USD",
      date: "2026-11-01",
      source: "test",
      regions: { eastus: { [A100]: 3.673, [H100]: 6.98 } },
      spotRegions: {},
    },
  ],
  defaults: {
    cloud: "azure",
    region: "eastus",
    provision: true,
    placement: "dedicated",
    capacityTypes: ["on-demand"],
    registry: "example.test",
    imageFamily: "ubuntu",
    provider: "karpenter",
    images: { puller: "", oras: "", curl: "", foresail: "" },
    vllmFlags: {},
    tuningConfig: {},
  },
};

export function pod(name: string, changes: { nodeName?: string; phase?: string; spec?: JsonObject } = {}): JsonObject {
  const bound = changes.nodeName !== undefined;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "models", uid: `uid-${name}`, labels: { "kaito.sh/workspace": "phi" } },
    spec: {
      ...(expansion.podTemplate["spec"] as JsonObject),
      ...changes.spec,
      ...(bound ? { nodeName: changes.nodeName } : {}),
    },
    status: {
      phase: changes.phase ?? (bound ? "Running" : "Pending"),
      conditions: bound
        ? [{ type: "PodScheduled", status: "True" }]
        : [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available" }],
    },
  };
}

export function claim(name: string, options: { node?: string; deleting?: boolean; size?: string } = {}): JsonObject {
  const done = (type: string) => ({
    type,
    status: options.node === undefined ? "Unknown" : "True",
    reason: options.node === undefined ? "AwaitingReconciliation" : type,
    message: options.node === undefined ? "object is awaiting reconciliation" : "",
    lastTransitionTime: "2026-11-22T11:00:00Z",
  });
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: {
      name,
      uid: `uid-${name}`,
      creationTimestamp: "2026-11-22T11:00:00Z",
      ...(options.deleting === true ? { deletionTimestamp: "2026-11-22T11:59:00Z" } : {}),
      labels: { apps: "phi", "foresail.dev/workspace": "phi", "foresail.dev/workspace-namespace": "models" },
    },
    spec: {
      requirements: [
        { key: INSTANCE_TYPE_LABEL, operator: "In", values: [options.size ?? A100] },
        { key: CAPACITY_TYPE_LABEL, operator: "In", values: ["on-demand"] },
      ],
      taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
    },
    status: {
      ...(options.node === undefined ? {} : { nodeName: options.node }),
      conditions: ["Launched", "Registered", "Initialized", "Ready"].map(done),
    },
  };
}

export function node(
  name: string,
  options: { ready?: boolean; since?: string; memory?: string; size?: string } = {},
): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { [INSTANCE_TYPE_LABEL]: options.size ?? A100, [ZONE_LABEL]: "eastus-1" } },
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
    status: {
      allocatable: { cpu: "23500m", memory: options.memory ?? "190Gi", pods: "110", "nvidia.com/gpu": "1" },
      conditions: [
        {
          type: "Ready",
          status: options.ready === false ? "False" : "True",
          lastTransitionTime: options.since ?? "2026-11-22T11:59:50Z",
        },
      ],
    },
  };
}

/** One pod of one Workspace waits and there is nothing yet. */
export function question(
  changes: Partial<CapacityQuestion> & { expanded?: Partial<Expansion> } = {},
): CapacityQuestion {
  const { expanded, ...rest } = changes;
  return {
    owner: ownerOf(workspace(), { ...expansion, ...expanded }),
    pods: [pod("phi-1")],
    ahead: [],
    nodes: [],
    claims: [],
    release,
    attempts: [],
    desiredPods: 1,
    limits: {},
    usage: { nodes: 0, gpus: 0, hourlyPriceUsd: 0 },
    settings: {
      provider: "karpenter",
      nodeClass: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
    },
    nowMs: NOW,
    ...rest,
  };
}
