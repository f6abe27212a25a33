import { isObject, type Json, type JsonObject } from "../../../src/core/json.ts";
import type { MachineAction, MachinePlan } from "../../../src/core/machine/action.ts";
import { TERMINATION_FINALIZER } from "../../../src/core/machine/claim-facts.ts";
import type { CloudFailure, CloudReason } from "../../../src/core/machine/failure.ts";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import { MACHINE_LIMITS, type MachineWorld } from "../../../src/core/machine/world.ts";

export const NOW = Date.parse("2026-11-28T12:00:00Z");
export const A100 = "Standard_NC24ads_A100_v4";
export const CLUSTER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/k";
export const NAME = "c0123456789a";
export const PROVIDER_ID =
  "azure:///subscriptions/s/resourceGroups/mc_g/providers/Microsoft.Compute/virtualMachineScaleSets/aks-c0123456789a-1-vmss/virtualMachines/0";

/** RFC 7386. */
export function merged(target: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

export function changed(object: JsonObject, patch: JsonObject): JsonObject {
  return merged(object, patch) as JsonObject;
}

export function requirement(key: string, operator: string, ...values: readonly string[]): JsonObject {
  return { key, operator, values };
}

/** A claim as the planner makes it, with its finalizer. */
export function claim(patch: JsonObject = {}): JsonObject {
  const base: JsonObject = {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: {
      name: NAME,
      uid: "uid-1",
      generation: 1,
      creationTimestamp: "2026-11-28T11:59:00Z",
      finalizers: [TERMINATION_FINALIZER],
      labels: { "foresail.dev/workspace": "phi", "app.kubernetes.io/managed-by": "foresail" },
      annotations: { "karpenter.sh/do-not-disrupt": "true" },
    },
    spec: {
      nodeClassRef: { group: "foresail.dev", kind: "AgentPoolClass", name: "default" },
      expireAfter: "Never",
      requirements: [
        requirement("kubernetes.io/arch", "In", "amd64"),
        requirement("kubernetes.io/os", "In", "linux"),
        requirement("node.kubernetes.io/instance-type", "In", A100),
        requirement("karpenter.sh/capacity-type", "In", "on-demand"),
      ],
      resources: { requests: { cpu: "16", memory: "100Gi", "nvidia.com/gpu": "1" } },
      taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
    },
  };
  return changed(base, patch);
}

export function withRequirements(...requirements: readonly JsonObject[]): JsonObject {
  return claim({ spec: { requirements } });
}

export function withConditions(object: JsonObject, ...steps: readonly string[]): JsonObject {
  const lastTransitionTime = "2026-11-28T11:59:30Z";
  const conditions = steps.map((type) => ({ type, status: "True", reason: type, message: "", lastTransitionTime }));
  return changed(object, { status: { conditions } });
}

/** A claim whose machine runs and whose node can be used. */
export function readyClaim(patch: JsonObject = {}): JsonObject {
  const base = withConditions(claim(), "Launched", "Registered", "Initialized", "Ready");
  return changed(changed(base, { status: { providerID: PROVIDER_ID, nodeName: "aks-node-0" } }), patch);
}

export function machine(patch: Partial<Machine> = {}): Machine {
  return {
    name: NAME,
    state: "running",
    owner: { cluster: CLUSTER, claim: NAME, claimUid: "uid-1", createdMs: NOW - 60_000 },
    instanceType: A100,
    capacityType: "on-demand",
    etag: "e1",
    ...patch,
  };
}

/** The node of that machine, as AKS brings it and with what its drivers report. */
export function node(patch: JsonObject = {}): JsonObject {
  const base: JsonObject = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "aks-node-0",
      uid: "node-uid",
      resourceVersion: "7",
      labels: { "kubernetes.azure.com/agentpool": NAME, "topology.kubernetes.io/zone": "eastus-1" },
    },
    spec: { providerID: PROVIDER_ID, taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      allocatable: { cpu: "23", memory: "200Gi", "ephemeral-storage": "90Gi", "nvidia.com/gpu": "1" },
    },
  };
  return changed(base, patch);
}

export function registeredNode(patch: JsonObject = {}): JsonObject {
  const metadata = {
    finalizers: [TERMINATION_FINALIZER],
    ownerReferences: [{ apiVersion: "karpenter.sh/v1", kind: "NodeClaim", name: NAME, uid: "uid-1" }],
    labels: { "karpenter.sh/registered": "true", "karpenter.sh/initialized": "true" },
  };
  return changed(node({ metadata }), patch);
}

export const NOT_READY: JsonObject = { status: { conditions: [{ type: "Ready", status: "Unknown" }] } };

export function pod(name: string, patch: JsonObject = {}): JsonObject {
  const base: JsonObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "models", uid: `uid-${name}` },
    spec: { nodeName: "aks-node-0", terminationGracePeriodSeconds: 30 },
    status: { phase: "Running" },
  };
  return changed(base, patch);
}

export function failure(reason: CloudReason, retryAfterMs?: number): CloudFailure {
  return { reason, message: `the cloud said ${reason}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export function world(patch: Partial<MachineWorld> = {}): MachineWorld {
  return {
    nowMs: NOW,
    clockSteady: true,
    claim: claim(),
    cluster: CLUSTER,
    sizes: { [A100]: { gpuVendor: "nvidia", gpuCount: 1, vcpus: 24, memoryGiB: 220 } },
    sighting: { kind: "absent" },
    nodes: [],
    pods: [],
    attachments: [],
    heldMs: {},
    fleet: { nodes: 1, unhealthy: 0, ending: 0 },
    newest: { images: {} },
    limits: MACHINE_LIMITS,
    ...patch,
  };
}

/** A node in use, seen by everybody. */
export function usedWorld(patch: Partial<MachineWorld> = {}): MachineWorld {
  return world({
    claim: readyClaim(),
    sighting: { kind: "seen", machine: machine() },
    nodes: [registeredNode()],
    ...patch,
  });
}

export function planned(patch: Partial<MachineWorld> = {}): MachinePlan {
  return planMachine(world(patch));
}

export function kinds(plan: MachinePlan): readonly string[] {
  return plan.actions.map(({ kind }) => kind).filter((kind) => kind !== "requeue");
}

export function only<K extends MachineAction["kind"]>(
  plan: MachinePlan,
  kind: K,
): MachineAction & { readonly kind: K } {
  const found = plan.actions.filter((one): one is MachineAction & { readonly kind: K } => one.kind === kind);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} in ${JSON.stringify(plan)}`);
  return first;
}

export interface Told {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What the written status says of one type. */
export function told(plan: MachinePlan, type: string): Told | undefined {
  const { status } = only(plan, "writeStatus");
  return (status["conditions"] as unknown as readonly Told[]).find((one) => one.type === type);
}

export function toldBriefly(plan: MachinePlan, type: string): string {
  const one = told(plan, type);
  return one === undefined ? "absent" : `${one.status} ${one.reason}`;
}

export function againMs(plan: MachinePlan): number | undefined {
  const waits = plan.actions.flatMap((one) => (one.kind === "requeue" ? [one.afterMs] : []));
  return waits.length === 0 ? undefined : Math.min(...waits);
}
