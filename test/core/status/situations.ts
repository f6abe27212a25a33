import type { JsonObject } from "../../../src/core/json.ts";
import type { Condition } from "../../../src/core/kinds/workspace-status.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { claim, node } from "../capacity/facts.ts";
import { admitted, catalogue, ownedPod, running, settled, statusIn, world } from "../plan/worlds.ts";

/** What is told of a world: the reason of Ready, its message, whether it is stalled, and KAITO's word. */
export interface Said {
  readonly reason: string;
  readonly ready: string;
  readonly message: string;
  readonly stalled: boolean;
  readonly inference: string | undefined;
}

export function said(facts: World): Said {
  const conditions = statusIn(plan(facts, catalogue))?.conditions ?? [];
  const find = (type: string): Condition | undefined => conditions.find((one) => one.type === type);
  const ready = find("Ready");
  return {
    reason: ready?.reason ?? "absent",
    ready: ready?.status ?? "absent",
    message: ready?.message ?? "",
    stalled: find("Stalled")?.status === "True",
    inference: find("InferenceReady")?.reason,
  };
}

/** A container's status: one that waits, with how it ended last. */
export function waitingContainer(reason: string, message = "", last?: JsonObject): JsonObject {
  return {
    name: "model",
    ready: false,
    restartCount: last === undefined ? 0 : 3,
    state: { waiting: { reason, message } },
    ...(last === undefined ? {} : { lastState: { terminated: last } }),
  };
}

/** One that ended again with a last word. */
export function crashed(message: string, exit: JsonObject = {}): JsonObject {
  return waitingContainer("CrashLoopBackOff", "back-off 5m0s", { reason: "Error", exitCode: 1, message, ...exit });
}

/** A pod on its node with one container in this state. */
export function withContainer(...statuses: JsonObject[]): World {
  return {
    ...running(),
    pods: statuses.map((one, i) => ownedPod(`phi-${i + 1}`, { nodeName: "n1", statuses: [one] })),
  };
}

/** One pod waits, and what there is for it. */
export function waitingWorld(changes: Partial<World> = {}): World {
  const owner = changes.workspace ?? admitted();
  return world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")], ...changes });
}

/** A claim with some of its conditions True since a time. */
export function claimWith(name: string, done: { readonly [type: string]: string }, nodeName?: string): JsonObject {
  const made = claim(name);
  const conditions = ["Launched", "Registered", "Initialized", "Ready"].map((type) => ({
    type,
    status: done[type] === undefined ? "Unknown" : "True",
    reason: done[type] === undefined ? "Awaiting" : type,
    message: done[type] === undefined ? "is awaited" : "",
    lastTransitionTime: done[type] ?? "2026-11-22T11:00:00Z",
  }));
  return { ...made, status: { ...(nodeName === undefined ? {} : { nodeName }), conditions } };
}

/** A Ready node that offers no GPU yet. */
export function gpulessNode(name: string, since: string, taints: JsonObject[] = []): JsonObject {
  const made = node(name, { since });
  const { "nvidia.com/gpu": _, ...allocatable } = (made["status"] as { allocatable: JsonObject }).allocatable;
  return {
    ...made,
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }, ...taints] },
    status: { ...(made["status"] as JsonObject), allocatable },
  };
}

/** A device plugin as it is kept of a DaemonSet. */
export function plugin(
  name: string,
  spec: JsonObject = {},
  image = "nvcr.io/nvidia/k8s-device-plugin:v0.17",
): JsonObject {
  const volumes = [{ name: "sockets", hostPath: { path: "/var/lib/kubelet/device-plugins" } }];
  return {
    kind: "DaemonSet",
    metadata: { name, namespace: "kube-system" },
    spec: { template: { spec: { containers: [{ name: "p", image }], volumes, ...spec } } },
  };
}
