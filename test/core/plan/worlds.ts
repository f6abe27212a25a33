import type { Action, Plan } from "../../../src/core/action.ts";
import type { Catalogue } from "../../../src/core/catalogue.ts";
import { stamped } from "../../../src/core/children/applied.ts";
import { children } from "../../../src/core/children/children.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import type { WorkspaceStatus } from "../../../src/core/kinds/workspace-status.ts";
import { APPLIED_REPLICAS, marked } from "../../../src/core/plan/workload.ts";
import { FINALIZER, plan } from "../../../src/core/plan.ts";
import { expansionHash } from "../../../src/core/status/accepted.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW, node, pod, release } from "../capacity/facts.ts";
import { expansion, workspace } from "../children/workspaces.ts";

/** Carries no release by the fixture's name, so that its hand-written expansion, once accepted, is not made again. */
export const catalogue: Catalogue = { current: { ...release, id: "test" }, releases: [] };

export function admitted(changed: Partial<Expansion> = {}, status?: WorkspaceStatus): Workspace {
  const made = workspace(changed);
  return accepted({
    ...made,
    metadata: { ...made.metadata, finalizers: [FINALIZER] },
    expansion: { ...(made.expansion ?? expansion), inputsHash: inputsHash(made) },
    ...(status === undefined ? {} : { status }),
  });
}

export function world(changes: Partial<World> = {}): World {
  const made = unaccepted(changes);
  return made.workspace === undefined ? made : { ...made, workspace: accepted(made.workspace) };
}

/** As it is for a reconciler that compared the expansion while its release was carried. */
export function accepted(owner: Workspace): Workspace {
  if (owner.expansion === undefined) return owner;
  return { ...owner, status: { ...owner.status, acceptedExpansion: expansionHash(owner.expansion) } };
}

/** A world whose expansion nobody has compared yet. */
export function unaccepted(changes: Partial<World> = {}): World {
  return {
    nowMs: NOW,
    namespace: "models",
    name: "phi",
    workspace: admitted(),
    children: [],
    pods: [],
    nodes: [],
    claims: [],
    sharers: 0,
    vanished: [],
    emptySinceMs: {},
    emptyNodeGraceMs: 300_000,
    limits: {},
    usage: { nodes: 0, gpus: 0, hourlyPriceUsd: 0 },
    settings: {
      provider: "karpenter",
      nodeClass: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
    },
    ...changes,
  };
}

/** The children of a Workspace as they are when the cluster has done its part. */
export function settled(owner: Workspace, pods = 1): readonly JsonObject[] {
  const objects = children(owner);
  const workload = marked(objects.at(-1) ?? {}, owner.expansion ?? expansion);
  const metadata = workload["metadata"] as JsonObject;
  const live = {
    ...workload,
    metadata: {
      ...metadata,
      uid: "uid-workload",
      generation: 1,
      annotations: { ...(metadata["annotations"] as JsonObject), [APPLIED_REPLICAS]: String(pods) },
    },
    spec: { ...(workload["spec"] as JsonObject), replicas: pods },
    status: { observedGeneration: 1, replicas: pods, updatedReplicas: pods, readyReplicas: pods },
  };
  return [...objects.slice(0, -1).map(stamped), live];
}

export function ownedPod(
  name: string,
  changes: Parameters<typeof pod>[1] & { ready?: boolean; statuses?: JsonObject[] } = {},
): JsonObject {
  const made = pod(name, changes);
  const status = made["status"] as JsonObject;
  const conditions = status["conditions"] as readonly JsonObject[];
  return {
    ...made,
    metadata: {
      ...(made["metadata"] as JsonObject),
      ownerReferences: [{ kind: "ReplicaSet", name: "phi-1", uid: "uid-rs", controller: true }],
    },
    status: {
      ...status,
      conditions: [...conditions, { type: "Ready", status: changes.ready === true ? "True" : "False" }],
      containerStatuses: changes.statuses ?? [],
    },
  };
}

/** A Workspace whose model answers. */
export function running(owner: Workspace = admitted()): World {
  return world({
    workspace: owner,
    children: settled(owner),
    pods: [ownedPod("phi-1", { nodeName: "n1", ready: true })],
    nodes: [node("n1")],
    claims: [claim("c1", { node: "n1" })],
  });
}

/** The same world after its status was written. */
export function told(before: World): World {
  const status = statusIn(plan(before, catalogue));
  return status === undefined || before.workspace === undefined
    ? before
    : { ...before, workspace: { ...before.workspace, status } };
}

export function statusIn(made: Plan): WorkspaceStatus | undefined {
  return made.actions.find((action) => action.kind === "applyStatus")?.status;
}

export function condition(made: Plan, type: string): string {
  const found = statusIn(made)?.conditions?.find((one) => one.type === type);
  return found === undefined ? "absent" : `${found.status} ${found.reason}`;
}

/** `apply Service/phi`, `createClaim`, … in order. */
export function shown(actions: readonly Action[]): readonly string[] {
  return actions.map(shownAction);
}

function shownAction(action: Action): string {
  switch (action.kind) {
    case "apply":
    case "applyReplicas":
      return `${action.kind} ${String(action.object["kind"])}/${String((action.object["metadata"] as JsonObject)["name"])}`;
    case "delete":
      return `delete ${action.target.kind}/${action.target.name} ${action.propagation}`;
    case "deleteClaim":
    case "deletePool":
      return `${action.kind} ${action.name}`;
    case "event":
      return `event ${action.type} ${action.reason}`;
    case "requeue":
      return `requeue ${action.afterMs}`;
    case "addFinalizer":
    case "removeFinalizer":
    case "createClaim":
    case "applyStatus":
      return action.kind;
  }
}

/** Its expansion on another size. */
export function resized(): Workspace {
  const text = JSON.stringify(expansion.podTemplate).replaceAll(A100, H100);
  return admitted({ instanceType: H100, podTemplate: JSON.parse(text) as JsonObject });
}
