import type { ProviderSettings } from "../core/capacity/claim-object.ts";
import { comingPod } from "../core/capacity/coming-pod.ts";
import { elsewhere } from "../core/capacity/elsewhere.ts";
import { textAt, timeAt } from "../core/capacity/fields.ts";
import { knownToAll } from "../core/capacity/known-to-all.ts";
import type { Limits } from "../core/capacity/question.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { KAITO_GROUP, type Workspace, type WorkspaceGroup } from "../core/kinds/workspace.ts";
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
import { readFor } from "./reads.ts";
import { holderAmong, readAll, readNamed } from "./workspaces.ts";

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

/**
 * The facts about the Workspace that waits for another one of its name, in the other group: it needs no more than these two.
 * Undefined where there is none.
 */
export async function gatherWaiting(sources: Sources, key: string, signal: AbortSignal): Promise<World | undefined> {
  const { caches, installation, nowMs } = sources;
  const { namespace, name } = partsOf(key);
  const [workspace, namesake] = [caches.workspaces.waiting(namespace, name), caches.workspaces.get(namespace, name)];
  if (workspace === undefined || namesake === undefined) return undefined;
  const kaito = kaitoRunsAt(caches.kaito);
  const { emptyNodeGraceMs, limits, settings } = installation;
  return {
    ...{ nowMs: nowMs(), namespace, name, workspace: asWorkspace(workspace), namesake: asWorkspace(namesake) },
    ...{ children: [], pods: [], nodes: [], claims: [], sharers: 0, vanished: [], emptySinceMs: {} },
    ...{ emptyNodeGraceMs, limits, settings, usage: { nodes: 0, gpus: 0, hourlyPriceUsd: 0 } },
    ...(kaito === undefined ? {} : { kaito }),
    ...(await definitionOf(sources, asWorkspace(workspace), signal)),
  };
}

/**
 * The Workspace of this name in the other group. In KAITO's it is asked for where that is not followed: KAITO may serve one,
 * and have made nothing yet that could be seen.
 */
async function namesakeOf(
  { kube, caches, installation }: Sources,
  { workspace, namespace, name }: World,
  signal: AbortSignal,
): Promise<Pick<World, "namesake">> {
  if (workspace === undefined) return {};
  const asked: readonly WorkspaceGroup[] = installation.groups.includes(KAITO_GROUP) ? [] : [KAITO_GROUP];
  const [read] = await readNamed(kube, asked, { namespace, name }, signal);
  const found = caches.workspaces.waiting(namespace, name) ?? read;
  return found === undefined ? {} : { namesake: asWorkspace(found) };
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

/**
 * The Workspace as the cache has it. Where only claims are known of it, the API server is asked: their watch may be ahead of
 * that of the Workspaces, and claims without a Workspace are deleted.
 */
async function workspaceOf(sources: Sources, key: string, signal: AbortSignal): Promise<Workspace | undefined> {
  const { kube, caches, installation } = sources;
  const { namespace, name } = partsOf(key);
  if (namespace === "") {
    const used = sharersOf(caches, name, undefined).length > 0 || caches.pods.byIndex("preset", name).length > 0;
    if (!used && caches.claims.byIndex("share", name).length > 0)
      for (const one of await readAll(kube, installation.groups, signal)) caches.workspaces.wrote(one);
    return undefined;
  }
  const cached = caches.workspaces.get(namespace, name);
  if (cached !== undefined) return asWorkspace(cached);
  if (caches.claims.byIndex("owner", key).length === 0) return undefined;
  const live = await readNamed(kube, installation.groups, { namespace, name }, signal);
  for (const one of live) caches.workspaces.wrote(one);
  const holder = holderAmong(live);
  return holder === undefined ? undefined : asWorkspace(holder);
}

function asWorkspace(object: KubeObject): Workspace {
  return object as unknown as Workspace;
}

function podsOf(caches: Caches, keys: readonly string[], claims: readonly KubeObject[]): readonly KubeObject[] {
  const nodes = claims.map(nodeNameOf);
  const bound = nodes.flatMap((node) => (node === "" ? [] : caches.pods.byIndex("node", node)));
  return [...new Set([...keys.flatMap((key) => caches.pods.byIndex("owner", key)), ...bound])];
}

function nodeNameOf(object: KubeObject): string {
  return textAt(object, "spec", "nodeName") ?? textAt(object, "status", "nodeName") ?? "";
}

/** The other Workspaces that use the same nodes. */
function sharersOf(caches: Caches, share: string | undefined, workspace: Workspace | undefined): readonly KubeObject[] {
  if (share === undefined) return [];
  const all = caches.workspaces.byIndex("share", share);
  return workspace === undefined ? all : all.filter((one) => one.metadata.uid !== workspace.metadata.uid);
}
