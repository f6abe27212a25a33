import type { ProviderSettings } from "../core/capacity/claim-object.ts";
import { elsewhere } from "../core/capacity/elsewhere.ts";
import { objectAt, textAt, timeAt } from "../core/capacity/fields.ts";
import { knownToAll } from "../core/capacity/known-to-all.ts";
import type { Limits } from "../core/capacity/question.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { children } from "../core/children/children.ts";
import { configReference } from "../core/children/user-config.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import type { Attempt } from "../core/kinds/workspace-status.ts";
import type { Quota } from "../core/machine/failure.ts";
import type { VanishedClaim, World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { list } from "../kube/list.ts";
import { CONFIG_MAPS, WORKSPACES } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import { type Caches, CHILDREN } from "./caches.ts";
import { claimsOf, countsNow } from "./counts.ts";
import { imageBytes } from "./image-sizes.ts";
import { kaitoRunsAt } from "./kaito.ts";
import { keyOfObject, partsOf, REFUSED } from "./keys.ts";
import type { Memory } from "./memory.ts";
import { namespaceLabels } from "./namespace-labels.ts";
import { presetPodsOf } from "./preset-pods.ts";
import { volumesOf } from "./volumes.ts";

export interface Installation {
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

/** The facts about one Workspace: from the caches, and by direct reads of what is not watched. */
export async function gather(sources: Sources, key: string, signal: AbortSignal): Promise<World> {
  const { caches, memory, installation } = sources;
  const { namespace, name } = partsOf(key);
  const workspace = await workspaceOf(sources, key, signal);
  const share = shareOf({ namespace, name, ...(workspace === undefined ? {} : { workspace }) });
  const claims = claimsOf(sources.caches, key, share);
  const sharers = sharersOf(caches, share, workspace);
  const presetPods = namespace === "" ? await presetPodsOf(sources, name, signal) : undefined;
  const pods = podsOf(caches, [key, ...sharers.map(keyOfObject)], claims);
  const nodeNames = new Set([...pods, ...claims].map(nodeNameOf));
  const ownNodes = caches.ownNodes.of(workspace);
  const kaito = kaitoRunsAt(caches.kaito);
  const failure = memory.failure(key);
  const sinceMs = memory.sinceMs(key);
  const configMap = workspace === undefined ? undefined : await userConfig(sources, workspace, signal);
  const asking = [...pods, ...(presetPods?.pods ?? [])];
  const read = await readOfPods(sources, { workspace, pods: asking, claims }, signal);
  return {
    nowMs: sources.nowMs(),
    namespace,
    name,
    ...(workspace === undefined ? {} : { workspace }),
    children: workspace === undefined ? [] : await childrenOf(sources, key, workspace, signal),
    ...(configMap === undefined ? {} : { configMap }),
    pods,
    nodes: [...nodeNames].map((node) => caches.nodes.get(undefined, node)).filter((node) => node !== undefined),
    ...(ownNodes === undefined ? {} : { ownNodes }),
    claims,
    // On the way out: for the Workspaces that stay, such a one counts no more; the nodes' own key waits for it to go.
    sharers: sharers.filter((one) => namespace === "" || one.metadata.deletionTimestamp === undefined).length,
    shareOwners: sharers as unknown as readonly Workspace[],
    ...(presetPods === undefined ? {} : { presetPods }),
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
    ...read,
    ...(sources.quotas === undefined ? {} : { quotas: sources.quotas }),
    imageBytes: imageBytes(key, pods, caches.nodes.list),
    emptyNodeGraceMs: installation.emptyNodeGraceMs,
    ...(installation.nodePatienceMs === undefined ? {} : { nodePatienceMs: installation.nodePatienceMs }),
    limits: installation.limits,
    settings: installation.settings,
    ...(kaito === undefined ? {} : { kaito }),
    ...(failure === undefined ? {} : { failure }),
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

/** What only pods that need a node are asked for, and read of the API server for these. */
async function readOfPods(
  { kube, caches, installation }: Sources,
  {
    workspace,
    pods,
    claims,
  }: {
    readonly workspace: Workspace | undefined;
    readonly pods: readonly JsonObject[];
    readonly claims: readonly KubeObject[];
  },
  signal: AbortSignal,
): Promise<Pick<World, "namespaces" | "volumes" | "elsewhere">> {
  const { expansion, metadata } = workspace ?? {};
  const coming = { namespace: metadata?.namespace ?? "", spec: objectAt(expansion?.podTemplate, "spec") };
  const template = { metadata: { namespace: coming.namespace }, spec: coming.spec };
  const others = elsewhere([...pods, template], new Set(claims.map(nodeNameOf)), {
    pods: () => caches.pods.list(),
    nodeNamed: (node) => caches.nodes.get(undefined, node),
  });
  // Volumes decide which nodes are bought, and nothing else.
  const buys = installation.settings.provider !== "byo" && expansion?.nodes.provision !== false;
  const [namespaces, volumes] = await Promise.all([
    namespaceLabels(kube, [...pods, ...(others?.pods ?? [])], [coming.spec], signal),
    buys ? volumesOf(kube, pods, [coming], signal) : undefined,
  ]);
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(others === undefined ? {} : { elsewhere: others }),
  };
}

function othersAttempts({ caches, nowMs }: Sources, key: string): readonly Attempt[] {
  const others = caches.workspaces.byIndex("refused", REFUSED).filter((one) => keyOfObject(one) !== key);
  return knownToAll(
    others.map((one) => asWorkspace(one)?.status),
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
  const { kube, caches } = sources;
  const { namespace, name } = partsOf(key);
  if (namespace === "") {
    const used = sharersOf(caches, name, undefined).length > 0 || caches.pods.byIndex("preset", name).length > 0;
    if (!used && caches.claims.byIndex("share", name).length > 0)
      for (const one of (await list(kube, WORKSPACES, { signal })).items) caches.workspaces.wrote(one);
    return undefined;
  }
  const cached = caches.workspaces.get(namespace, name);
  if (cached !== undefined || caches.claims.byIndex("owner", key).length === 0) return asWorkspace(cached);
  const live = await get(kube, { resource: WORKSPACES, namespace, name }, { signal });
  if (live !== undefined) caches.workspaces.wrote(live);
  return asWorkspace(live);
}

function asWorkspace(object: KubeObject | undefined): Workspace | undefined {
  return object as unknown as Workspace | undefined;
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

/** The cached children, and of those that are missing whatever carries their name: it may be somebody else's. */
async function childrenOf(
  { kube, caches }: Sources,
  key: string,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const known = caches.children.flatMap((cache) => cache.byIndex("owner", key));
  if (workspace.metadata.deletionTimestamp !== undefined) return known;
  const missing = children(workspace).filter((wanted) => !known.some((live) => isSame(live, wanted)));
  const found = await Promise.all(missing.map((wanted) => readNamesake(kube, workspace, wanted, signal)));
  return [...known, ...found.filter((object) => object !== undefined)];
}

function isSame(live: KubeObject, wanted: JsonObject): boolean {
  return live.kind === wanted["kind"] && live.metadata.name === textAt(wanted, "metadata", "name");
}

async function readNamesake(
  kube: Kube,
  workspace: Workspace,
  wanted: JsonObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const resource = CHILDREN.find((one) => one.kind === wanted["kind"]);
  if (resource === undefined) throw new TypeError(`no resource is known for kind ${String(wanted["kind"])}`);
  const namespace = workspace.metadata.namespace ?? "";
  return await get(kube, { resource, namespace, name: textAt(wanted, "metadata", "name") ?? "" }, { signal });
}

async function userConfig(
  sources: Sources,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const reference = configReference(workspace);
  if (reference === undefined) return undefined;
  const namespace = workspace.metadata.namespace ?? "";
  return await get(sources.kube, { resource: CONFIG_MAPS, namespace, name: reference.name }, { signal });
}
