import type { Action } from "../action.ts";
import { nameOf, namespaceOf, numberAt, objectAt, objectsAt, textAt } from "../capacity/fields.ts";
import { type JsonObject, sameJson } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { FINALIZER } from "../plan/deletion.ts";
import type { Cluster } from "./cluster.ts";
import { imaginedUid, isPodOf, isSameObject, withMembers } from "./objects.ts";

/** The cluster as it is when the reconciler has carried out these actions for a Workspace and all of them succeeded. */
export function carriedOut(cluster: Cluster, workspace: Workspace, actions: readonly Action[]): Cluster {
  return actions.reduce((state, action) => after(state, workspace, action), cluster);
}

function after(cluster: Cluster, workspace: Workspace, action: Action): Cluster {
  switch (action.kind) {
    case "apply":
    case "applyReplicas":
      return { ...cluster, children: applied(cluster.children, action.object) };
    case "delete":
      return withoutObject(cluster, action.target);
    case "addFinalizer":
      return changed(cluster, workspace, (one) => finalized(one, (all) => [...all, FINALIZER]));
    case "removeFinalizer":
      return action.only === undefined
        ? withoutFinalizer(cluster, workspace)
        : changed(cluster, workspace, (one) => finalized(one, (all) => all.filter((name) => name !== action.only)));
    case "createClaim":
      return { ...cluster, claims: [...cluster.claims, created(action.claim, cluster.nowMs)] };
    case "deleteClaim":
      return withoutClaim(cluster, action.name);
    case "applyStatus":
      return changed(cluster, workspace, (one) => ({ ...one, status: { ...one.status, ...action.status } }));
    case "event":
    case "requeue":
    // Pools are no part of it: they are deleted with what has ended already.
    case "deletePool":
      return cluster;
  }
}

/** As server-side apply lays an object over the live one, as far as what we own goes. */
function applied(children: readonly JsonObject[], object: JsonObject): readonly JsonObject[] {
  const live = children.find((one) => isSameObject(one, object));
  if (live === undefined) return [...children, created(object, undefined)];
  const { metadata: _, status: __, ...rest } = object;
  const spec = { ...objectAt(live, "spec"), ...objectAt(rest, "spec") };
  const generation = numberAt(live, "metadata", "generation") ?? 1;
  const isNewSpec = !sameJson(objectAt(live, "spec"), spec);
  const laid = withMembers({ ...live, ...rest, ...(rest["spec"] === undefined ? {} : { spec }) }, "metadata", {
    labels: { ...objectAt(live, "metadata", "labels"), ...objectAt(object, "metadata", "labels") },
    annotations: { ...objectAt(live, "metadata", "annotations"), ...objectAt(object, "metadata", "annotations") },
    generation: isNewSpec ? generation + 1 : generation,
  });
  return children.map((one) => (one === live ? laid : one));
}

/** With what the API server adds. */
function created(object: JsonObject, nowMs: number | undefined): JsonObject {
  const uid = imaginedUid(textAt(object, "kind") ?? "", namespaceOf(object), nameOf(object));
  const time = nowMs === undefined ? {} : { creationTimestamp: new Date(nowMs).toISOString() };
  return withMembers(object, "metadata", { uid, generation: 1, ...time });
}

/** An object goes at once, with its pods. */
function withoutObject(
  cluster: Cluster,
  target: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string },
): Cluster {
  const isTarget = (one: JsonObject): boolean => namespaceOf(one) === target.namespace && nameOf(one) === target.name;
  if (target.kind === "Pod") return { ...cluster, pods: cluster.pods.filter((pod) => !isTarget(pod)) };
  const isKept = (one: JsonObject): boolean => !(one["kind"] === target.kind && isTarget(one));
  const pods = cluster.pods.filter((pod) => !isPodOf(pod, target));
  return { ...cluster, children: cluster.children.filter(isKept), pods };
}

/** A claim takes its node and what runs on it along. */
export function withoutClaim(cluster: Cluster, name: string): Cluster {
  const claim = cluster.claims.find((one) => nameOf(one) === name);
  const node = textAt(claim, "status", "nodeName");
  return {
    ...cluster,
    claims: cluster.claims.filter((one) => one !== claim),
    nodes: node === undefined ? cluster.nodes : cluster.nodes.filter((one) => nameOf(one) !== node),
    pods: node === undefined ? cluster.pods : cluster.pods.filter((pod) => textAt(pod, "spec", "nodeName") !== node),
  };
}

function changed(cluster: Cluster, workspace: Workspace, change: (one: Workspace) => Workspace): Cluster {
  const isIt = ({ metadata }: Workspace): boolean => metadata.uid === workspace.metadata.uid;
  return { ...cluster, workspaces: cluster.workspaces.map((one) => (isIt(one) ? change(one) : one)) };
}

function finalized(one: Workspace, change: (all: readonly string[]) => readonly string[]): Workspace {
  const others = (one.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  return { ...one, metadata: { ...one.metadata, finalizers: [...change(others)] } };
}

/** A Workspace on its way out is gone with its last finalizer, and with it what it owns. */
function withoutFinalizer(cluster: Cluster, workspace: Workspace): Cluster {
  const kept = changed(cluster, workspace, (one) => finalized(one, (all) => all));
  const isGone = ({ metadata }: Workspace): boolean =>
    metadata.uid === workspace.metadata.uid && (metadata.finalizers ?? []).length === 0;
  if (!kept.workspaces.some(isGone)) return kept;
  const isOwned = (child: JsonObject): boolean =>
    objectsAt(child, "metadata", "ownerReferences").some((owner) => owner["uid"] === workspace.metadata.uid);
  return {
    ...kept,
    workspaces: kept.workspaces.filter((one) => !isGone(one)),
    children: kept.children.filter((child) => !isOwned(child)),
  };
}
