import { conditionAt, isTrue, objectAt, textAt } from "../../src/core/capacity/fields.ts";
import { isDaemon, isOver, isReady, nodeOf } from "../../src/core/capacity/pod.ts";
import { plan } from "../../src/core/plan.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { gather } from "../../src/reconciler/gather.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import { OTHERS, type SimulatedCloud } from "./cloud.ts";
import type { SimulatedReconciler } from "./reconciler.ts";
import type { Store } from "./store.ts";

/** What is wrong with a cluster that had all the time it needed; empty where nothing is. */
export async function faults(
  store: Store,
  reconciler: SimulatedReconciler,
  cloud: SimulatedCloud | undefined,
): Promise<readonly string[]> {
  return [
    ...leaks(store),
    ...(cloud === undefined ? [] : strays(store, cloud)),
    ...store.list("workspaces").flatMap((one) => unsettled(store, one)),
    ...(await unplanned(store, reconciler)),
  ];
}

/** Things that cost money or stand in the way and that nobody needs any more. */
function leaks(store: Store): readonly string[] {
  const used = new Set(
    store
      .list("pods")
      .filter((pod) => !isOver(pod) && !isDaemon(pod))
      .map(nodeOf),
  );
  const claims = store.list("nodeclaims");
  const idle = claims.filter((claim) => !used.has(textAt(claim, "status", "nodeName")));
  const claimed = new Set(claims.map((claim) => textAt(claim, "status", "nodeName")));
  const nodes = store.list("nodes").filter((node) => !claimed.has(node.metadata.name));
  const owners = new Set(store.list("workspaces").map((one) => one.metadata.uid));
  const children = ["deployments", "statefulsets", "jobs", "services", "networkpolicies"].flatMap((plural) =>
    store.list(plural),
  );
  const orphans = children.filter((child) => {
    const references = (child.metadata["ownerReferences"] ?? []) as readonly { readonly uid: string }[];
    return !references.some(({ uid }) => owners.has(uid));
  });
  return [
    ...idle.map((claim) => `NodeClaim ${claim.metadata.name} has no pod: ${JSON.stringify(claim.metadata.labels)}`),
    ...nodes.map((node) => `Node ${node.metadata.name} has no NodeClaim`),
    ...orphans.map((child) => `${child.kind} ${keyOfObject(child)} has no Workspace`),
  ];
}

/** Machines and claims are the same, one by one. */
function strays(store: Store, { pools }: SimulatedCloud): readonly string[] {
  const claims = new Set(store.list("nodeclaims").map((claim) => claim.metadata.name));
  return [
    ...[...pools.keys()]
      .filter((name) => name !== OTHERS && !claims.has(name))
      .map((name) => `machine ${name} has no NodeClaim`),
    ...[...claims].filter((name) => !pools.has(name)).map((name) => `NodeClaim ${name} has no machine`),
  ];
}

function unsettled(store: Store, workspace: KubeObject): readonly string[] {
  const key = keyOfObject(workspace);
  if (workspace.metadata.deletionTimestamp !== undefined) return [`Workspace ${key} is still being deleted`];
  const kind = textAt(workspace, "expansion", "workload", "kind") ?? "";
  const plural = { Deployment: "deployments", StatefulSet: "statefulsets", Job: "jobs" }[kind] ?? "";
  const { namespace, name } = workspace.metadata;
  const workload = store.get(plural, namespace, name);
  const ready = conditionAt(workspace, "Ready");
  const pods = store
    .list("pods")
    .filter((pod) => pod.metadata.namespace === namespace)
    .filter((pod) => textAt(pod, "metadata", "labels", "kaito.sh/workspace") === name);
  const why = `${JSON.stringify(workspace.metadata.annotations)} ${JSON.stringify(workload?.metadata)} ${JSON.stringify(objectAt(workload, "spec")["replicas"])} ${JSON.stringify(ready)}; ${JSON.stringify(workload?.["status"])}; ${pods.map(described).join(", ")}`;
  if (workload === undefined) return [`Workspace ${key} has no ${kind}: ${why}`];
  const wanted = kind === "Job" ? 0 : Number(objectAt(workload, "spec")["replicas"] ?? 1);
  const there = pods.filter(isReady).length;
  // Every desired node exactly once; shared ones have no Workspace of their own.
  const isShared = textAt(workspace, "expansion", "nodes", "share") !== undefined;
  const nodes = store
    .list("nodeclaims")
    .filter((claim) => ownerOfClaim(claim).includes(key))
    .map((claim) => claim.metadata.name);
  return [
    ...(isTrue(ready) ? [] : [`Workspace ${key} is not Ready: ${why}`]),
    ...(kind === "Job" || isShared || nodes.length === wanted
      ? []
      : [`Workspace ${key} has ${nodes.length} nodes for ${wanted} pods: ${nodes.join(", ")}; ${why}`]),
    ...(there === wanted ? [] : [`Workspace ${key} has ${there} ready pods, not ${wanted}: ${why}`]),
  ];
}

function described(pod: KubeObject): string {
  const going = pod.metadata.deletionTimestamp === undefined ? "" : " ending";
  return `${pod.metadata.name} on ${nodeOf(pod)} ${textAt(pod, "status", "phase")}${isReady(pod) ? " ready" : ""}${going}`;
}

/** A settled world needs nothing: whatever a plan still wants to do would be done for ever. */
async function unplanned(store: Store, { process, signal }: SimulatedReconciler): Promise<readonly string[]> {
  const found: string[] = [];
  for (const workspace of store.list("workspaces")) {
    const key = keyOfObject(workspace);
    const world = await gather(process.sources, key, signal);
    const { actions } = plan(world, process.sources.catalogue);
    const doing = actions.filter(({ kind }) => kind !== "requeue");
    if (doing.length > 0) found.push(`Workspace ${key} still has ${JSON.stringify(doing).slice(0, 300)}`);
  }
  return found;
}
