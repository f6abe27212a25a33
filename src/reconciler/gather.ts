import type { ProviderSettings } from "../core/capacity/claim-object.ts";
import { comingPod } from "../core/capacity/coming-pod.ts";
import { elsewhere } from "../core/capacity/elsewhere.ts";
import { textAt, timeAt } from "../core/capacity/fields.ts";
import { knownToAll } from "../core/capacity/known-to-all.ts";
import type { Limits } from "../core/capacity/question.ts";
import type { Catalogue } from "../core/catalogue.ts";
import type { Workspace, WorkspaceGroup } from "../core/kinds/workspace.ts";
import type { Attempt } from "../core/kinds/workspace-status.ts";
import type { Quota } from "../core/machine/failure.ts";
import { holderBefore } from "../core/plan/namesake.ts";
import type { VanishedClaim, World } from "../core/world.ts";
import { isForbidden } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import { claimsOf, countsNow } from "./counts.ts";
import { definitionOf } from "./definition.ts";
import { imageBytes } from "./image-sizes.ts";
import { kaitoRunsAt } from "./kaito.ts";
import { kaitoMade } from "./kaito-made.ts";
import { keyOfObject, partsOf, REFUSED } from "./keys.ts";
import type { Memory } from "./memory.ts";
import { asWorkspace, isOfOtherGroup, namesakeOf, sharersOf, workspaceOf } from "./named.ts";
import { readFor } from "./reads.ts";

export interface Installation {
  /** Groups whose Workspaces are served; the others are none of ours. */
  readonly groups: readonly WorkspaceGroup[];
  readonly settings: ProviderSettings;
  readonly limits: Limits;
  readonly emptyNodeGraceMs: number;
  /** How long a machine may take to join, and a Ready node to offer its GPUs, before status says so. */
  readonly nodePatienceMs?: number;
  /** Nodes that may be launched at a time. */
  readonly mostLaunching: number;
}

export interface Sources {
  readonly kube: Kube;
  readonly caches: Caches;
  readonly memory: Memory;
  readonly catalogue: Catalogue;
  readonly installation: Installation;
  readonly nowMs: () => number;
  /** What was read of the cloud's quotas, by instance type. */
  readonly quotas?: ReadonlyMap<string, Quota> | undefined;
}

/**
 * The facts about one Workspace: from the caches, and by direct reads of what is not watched. Where one of these reads is
 * forbidden, only what the caches know and the answer.
 */
export async function gather(sources: Sources, key: string, signal: AbortSignal): Promise<World> {
  const workspace = await workspaceOf(sources, key, signal);
  const known = knownOf(sources, key, workspace);
  if (workspace === undefined && (await isOfOtherGroup(sources, known, signal))) return { ...known, claims: [] };
  // What is on its way out needs nothing more, and may go whatever it is that cannot be read; but not what KAITO made for it.
  if (workspace?.metadata.deletionTimestamp !== undefined) {
    return { ...known, ...(await kaitoMade(sources, known, signal)) };
  }
  try {
    const named = { ...known, ...(await namesakeOf(sources, known, signal)) };
    if (holderBefore(named) !== undefined) return named;
    const definition = await definitionOf(sources, workspace, signal);
    if (definition.foreignDefinition === true) return { ...known, ...definition };
    const all = { ...named, ...(await kaitoMade(sources, named, signal)) };
    return { ...all, ...(await readFor(sources, all, signal)) };
  } catch (error) {
    if (isForbidden(error)) return { ...known, unread: error.message };
    throw error;
  }
}

/** What the caches and the process itself know. */
function knownOf(sources: Sources, key: string, workspace: Workspace | undefined): World {
  const { caches, memory, installation } = sources;
  const { namespace, name } = partsOf(key);
  const share = shareOf({ namespace, name, ...(workspace === undefined ? {} : { workspace }) });
  const claims = claimsOf(caches, key, share);
  const sharers = sharersOf(caches, share, workspace);
  const pods = podsOf(caches, [key, ...sharers.map(keyOfObject)], claims);
  const presetPods = namespace === "" ? caches.pods.byIndex("preset", name) : [];
  const nodeNames = new Set([...pods, ...claims].map(nodeNameOf));
  const ownNodes = caches.ownNodes.of(workspace);
  const kaito = kaitoRunsAt(caches.kaito);
  const failure = memory.failure(key);
  const sinceMs = memory.sinceMs(key);
  const asking = [...pods, ...presetPods, comingPod(workspace)];
  const others = elsewhere(asking, new Set(claims.map(nodeNameOf)), {
    pods: () => caches.pods.list(),
    nodeNamed: (node) => caches.nodes.get(undefined, node),
  });
  return {
    nowMs: sources.nowMs(),
    namespace,
    name,
    ...(workspace === undefined ? {} : { workspace }),
    children: workspace === undefined ? [] : caches.children.flatMap((cache) => cache.byIndex("owner", key)),
    pods,
    nodes: [...nodeNames].map((node) => caches.nodes.get(undefined, node)).filter((node) => node !== undefined),
    ...(ownNodes === undefined ? {} : { ownNodes }),
    claims,
    // On the way out: for the Workspaces that stay, such a one counts no more; the nodes' own key waits for it to go.
    sharers: sharers.filter((one) => namespace === "" || one.metadata.deletionTimestamp === undefined).length,
    shareOwners: sharers as unknown as readonly Workspace[],
    ...(presetPods.length === 0 ? {} : { presetPods: { pods: presetPods, optedIn: false } }),
    vanished: [...memory.vanished(key), ...withdrawn(claims)],
    othersAttempts: othersAttempts(sources, key),
    emptySinceMs: sinceMs,
    roomSinceMs: sinceMs,
    unreadySinceMs: sinceMs,
    leavingSinceMs: sinceMs,
    ...countsNow(sources, key, share),
    refusals: caches.refusals.byIndex("owner", key),
    mountFailures: caches.causes.mountFailures.byIndex("owner", key),
    daemonSets: caches.causes.daemonSets.list(),
    ...(sources.quotas === undefined ? {} : { quotas: sources.quotas }),
    imageBytes: imageBytes(key, pods, caches.nodes.list),
    emptyNodeGraceMs: installation.emptyNodeGraceMs,
    ...(installation.nodePatienceMs === undefined ? {} : { nodePatienceMs: installation.nodePatienceMs }),
    limits: installation.limits,
    settings: installation.settings,
    ...(kaito === undefined ? {} : { kaito }),
    ...(failure === undefined ? {} : { failure }),
    ...(others === undefined ? {} : { elsewhere: others }),
  };
}

/** The key of the nodes that are looked at: the World's own where it stands for one, else that of its Workspace. */
export function shareOf({
  namespace,
  name,
  workspace,
}: Pick<World, "namespace" | "name" | "workspace">): string | undefined {
  return namespace === "" ? name : workspace?.expansion?.nodes.share;
}

function othersAttempts({ caches, nowMs }: Sources, key: string): readonly Attempt[] {
  const others = caches.workspaces.byIndex("refused", REFUSED).filter((one) => keyOfObject(one) !== key);
  return knownToAll(
    others.map((one) => asWorkspace(one).status),
    nowMs(),
  );
}

/** A claim that is being deleted is as good as gone: waiting for its end would try the same offering meanwhile. */
function withdrawn(claims: readonly KubeObject[]): readonly VanishedClaim[] {
  return claims.flatMap((claim) => {
    const goneMs = timeAt(claim, "metadata", "deletionTimestamp");
    return goneMs === undefined ? [] : [{ claim, goneMs }];
  });
}

function podsOf(caches: Caches, keys: readonly string[], claims: readonly KubeObject[]): readonly KubeObject[] {
  const nodes = claims.map(nodeNameOf);
  const bound = nodes.flatMap((node) => (node === "" ? [] : caches.pods.byIndex("node", node)));
  return [...new Set([...keys.flatMap((key) => caches.pods.byIndex("owner", key)), ...bound])];
}

function nodeNameOf(object: KubeObject): string {
  return textAt(object, "spec", "nodeName") ?? textAt(object, "status", "nodeName") ?? "";
}
