import { nameOf, objectsAt, textAt } from "../core/capacity/fields.ts";
import { isManagedClaim } from "../core/capacity/owner.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { isDeleting, kindOf, nodeOfClaim } from "../core/plan/live.ts";
import {
  hasKaitoFinalizer,
  kaitoClaimSelectors,
  kaitoPoolSelector,
  mayBeKaitos,
} from "../core/take-over/kaito-made.ts";
import type { World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { listIfServed } from "../kube/list.ts";
import { DEPLOYMENTS, JOBS, NODE_CLAIMS, NODE_POOLS, type Resource, STATEFUL_SETS } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import type { Caches } from "./caches.ts";
import type { Sources } from "./gather.ts";
import { slim } from "./slim.ts";

const WORKLOADS: readonly Resource[] = [STATEFUL_SETS, JOBS, DEPLOYMENTS];

/**
 * What KAITO made for a Workspace, read of the API server: none of it carries a label by which it could be watched. Asked for
 * only where KAITO left its finalizer, or pods belong to a workload that is not one of ours.
 */
export async function kaitoMade(
  { kube, caches }: Pick<Sources, "kube" | "caches">,
  known: World,
  signal: AbortSignal,
): Promise<Partial<World>> {
  const { workspace, namespace, name } = known;
  if (workspace === undefined) return {};
  if (!mayBeKaitos(workspace)) return await beside(kube, known, workspace, signal);
  if (!(hasKaitoFinalizer(workspace) || hasPodsOfOthers(known))) return {};
  const [found, claims, pools] = await Promise.all([
    namedWorkloads(kube, known, signal),
    Promise.all(
      kaitoClaimSelectors({ namespace, name }).map((selector) => selected(kube, NODE_CLAIMS, selector, signal)),
    ),
    selected(kube, NODE_POOLS, kaitoPoolSelector({ namespace, name }), signal),
  ]);
  const nodes = { claims: claims.flat().filter((claim) => !isManagedClaim(claim)), pools };
  return { children: [...known.children, ...found], kaitoNodes: nodes, ...onNodes(caches, known, nodes.claims) };
}

/**
 * For a Workspace that KAITO does not know: workloads by its name that are not its own, KAITO's among them. Asked for before
 * anything is made, and where their pods are there; never what else KAITO made, which is none of ours.
 */
async function beside(
  kube: Kube,
  known: World,
  { metadata, expansion }: Workspace,
  signal: AbortSignal,
): Promise<Partial<World>> {
  const isMade = known.children.some((child) => kindOf(child) === expansion?.workload.kind);
  if ((isMade || metadata.deletionTimestamp !== undefined) && !hasPodsOfOthers(known)) return {};
  return { children: [...known.children, ...(await namedWorkloads(kube, known, signal))] };
}

/** Workloads of the Workspace's name that no watch shows. */
async function namedWorkloads(
  kube: Kube,
  { children, namespace, name }: World,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const found = await Promise.all(WORKLOADS.map((resource) => get(kube, { resource, namespace, name }, { signal })));
  return found.filter((one) => one !== undefined).filter((one) => !isKnown(children, one));
}

/**
 * Whether a pod that stays belongs to a workload of the Workspace's name that is not one of ours. One of the stated kind is
 * read by its name anyway, as long as the Workspace is not deleted.
 */
function hasPodsOfOthers({ workspace, children, pods, namespace, name }: World): boolean {
  const uids = new Set(children.map((child) => textAt(child, "metadata", "uid")));
  const stated = workspace?.metadata.deletionTimestamp === undefined ? workspace?.expansion?.workload.kind : undefined;
  // Pods of a Deployment belong to its ReplicaSet.
  const kinds = ["StatefulSet", "Job"].filter((kind) => kind !== stated);
  return pods.some(
    (pod) =>
      !isDeleting(pod) &&
      textAt(pod, "metadata", "namespace") === namespace &&
      objectsAt(pod, "metadata", "ownerReferences").some(
        (owner) =>
          owner["controller"] === true &&
          owner["name"] === name &&
          kinds.includes(textAt(owner, "kind") ?? "") &&
          !uids.has(textAt(owner, "uid")),
      ),
  );
}

function isKnown(children: readonly JsonObject[], object: KubeObject): boolean {
  return children.some((child) => kindOf(child) === object.kind && nameOf(child) === object.metadata.name);
}

/** None where such objects are not served: a cluster without Karpenter has neither. */
async function selected(
  kube: Kube,
  resource: Resource,
  labels: { readonly [label: string]: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return await listIfServed(kube, resource, { labelSelector, signal, keep: slim });
}

/** Whoever uses these nodes, and the nodes themselves. */
function onNodes(
  caches: Caches,
  known: World,
  claims: readonly KubeObject[],
): { readonly pods: World["pods"]; readonly nodes: World["nodes"] } {
  const names = claims.map(nodeOfClaim).filter((node) => node !== undefined);
  const pods = names.flatMap((node) => caches.pods.byIndex("node", node));
  const nodes = names.map((node) => caches.nodes.get(undefined, node)).filter((node) => node !== undefined);
  return { pods: [...new Set([...known.pods, ...pods])], nodes: [...new Set([...known.nodes, ...nodes])] };
}
