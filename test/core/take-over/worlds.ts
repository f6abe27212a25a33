import type { JsonObject } from "../../../src/core/json.ts";
import type { Expansion } from "../../../src/core/kinds/expansion.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import type { WorkspaceStatus } from "../../../src/core/kinds/workspace-status.ts";
import { FINALIZER } from "../../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../../src/core/take-over/kaito-made.ts";
import type { World } from "../../../src/core/world.ts";
import { type KaitoWorkspace, kaitoClaim, kaitoObjects } from "../../support/kaito.ts";
import { A100, node } from "../capacity/facts.ts";
import { accepted, admitted, ownedPod, world } from "../plan/worlds.ts";

const NODE_CLASS = { group: "kaito.sh", kind: "KaitoNodeClass", name: "default" };

/** As KAITO knew the Workspace of the fixtures. */
export const KAITO: KaitoWorkspace = {
  namespace: "models",
  name: "phi",
  uid: "uid-phi",
  instanceType: A100,
  nodes: "gpu-provisioner",
};

export function taken(changed: Partial<Expansion> = {}, status?: WorkspaceStatus): Workspace {
  const made = admitted(changed);
  const metadata = { ...made.metadata, uid: KAITO.uid, finalizers: [KAITO_FINALIZER, FINALIZER] };
  return accepted({ ...made, metadata, ...(status === undefined ? {} : { status }) });
}

/** An object as the cluster keeps it, with what its controller counts. */
export function live(object: JsonObject, status?: JsonObject): JsonObject {
  const metadata = { ...(object["metadata"] as JsonObject), uid: `uid-${String(object["kind"])}`, generation: 1 };
  return { ...object, metadata, ...(status === undefined ? {} : { status }) };
}

/** The children that KAITO made, its StatefulSet with all pods ready. */
export function kaitoChildren(made: KaitoWorkspace = KAITO): readonly JsonObject[] {
  const { replicas = 1 } = made;
  const counts = { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas };
  return kaitoObjects(made)
    .filter(({ kind }) => kind !== "ControllerRevision")
    .map((one) => (one["kind"] === "StatefulSet" ? live(one, counts) : live(one)));
}

export function kaitoPod(
  changes: { readonly ready?: boolean; readonly nodeName?: string; nth?: number } = {},
): JsonObject {
  const { ready = true, nodeName = "kaito-1", nth = 0 } = changes;
  const made = ownedPod(`phi-${nth}`, { nodeName, ready });
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "phi", uid: "uid-StatefulSet", controller: true };
  const labels = { "kaito.sh/workspace": "phi", "apps.kubernetes.io/pod-index": String(nth) };
  return { ...made, metadata: { ...(made["metadata"] as JsonObject), labels, ownerReferences: [owner] } };
}

export function nodeClaimOfKaito(nodeName = "kaito-1"): JsonObject {
  const made = kaitoClaim(KAITO, NODE_CLASS);
  const metadata = { ...(made["metadata"] as JsonObject), uid: "uid-ws" };
  const conditions = ["Launched", "Registered", "Initialized", "Ready"].map((type) => ({ type, status: "True" }));
  return { ...made, metadata, status: { nodeName, conditions } };
}

/** A Workspace that KAITO serves, at our first look after admission wrote its expansion. */
export function served(owner: Workspace = taken(), changes: Partial<World> = {}): World {
  return world({
    workspace: owner,
    children: kaitoChildren(),
    pods: [kaitoPod()],
    nodes: [node("kaito-1")],
    kaitoNodes: { claims: [nodeClaimOfKaito()], pools: [] },
    ...changes,
  });
}
