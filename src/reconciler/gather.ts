import type { ProviderSettings } from "../core/capacity/claim-object.ts";
import { textAt, timeAt } from "../core/capacity/fields.ts";
import type { Limits } from "../core/capacity/question.ts";
import { usageOf } from "../core/capacity/usage.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { children } from "../core/children/children.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../core/children/metadata.ts";
import { configReference } from "../core/children/user-config.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import type { VanishedClaim, World } from "../core/world.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { CONFIG_MAPS } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import { type Caches, CHILDREN } from "./caches.ts";
import { kaitoRunsAt } from "./kaito.ts";
import { partsOf } from "./keys.ts";
import type { Memory } from "./memory.ts";

export interface Installation {
  readonly settings: ProviderSettings;
  readonly limits: Limits;
  readonly emptyNodeGraceMs: number;
}

export interface Sources {
  readonly kube: Kube;
  readonly caches: Caches;
  readonly memory: Memory;
  readonly catalogue: Catalogue;
  readonly installation: Installation;
  readonly nowMs: () => number;
}

/** The facts about one Workspace: from the caches, and by two kinds of direct reads for what is not watched. */
export async function gather(sources: Sources, key: string, signal: AbortSignal): Promise<World> {
  const { caches, memory, installation, catalogue } = sources;
  const { namespace, name } = partsOf(key);
  const workspace = caches.workspaces.get(namespace, name) as unknown as Workspace | undefined;
  const claims = claimsOf(sources, key, workspace);
  const pods = podsOf(caches, key, claims);
  const nodeNames = new Set([...pods, ...claims].map(nodeNameOf));
  const kaito = kaitoRunsAt(caches.kaito);
  const failure = memory.failure(key);
  const configMap = workspace === undefined ? undefined : await userConfig(sources, workspace, signal);
  return {
    nowMs: sources.nowMs(),
    namespace,
    name,
    ...(workspace === undefined ? {} : { workspace }),
    children: workspace === undefined ? [] : await childrenOf(sources, key, workspace, signal),
    ...(configMap === undefined ? {} : { configMap }),
    pods,
    nodes: [...nodeNames].map((node) => caches.nodes.get(undefined, node)).filter((node) => node !== undefined),
    claims,
    sharers: sharersOf(caches, workspace),
    vanished: [...memory.vanished(key), ...withdrawn(claims, memory)],
    emptySinceMs: memory.emptySinceMs(key),
    emptyNodeGraceMs: installation.emptyNodeGraceMs,
    limits: installation.limits,
    usage: usageOf([...managedClaims(caches), ...unseen(sources, managedClaims(caches))], catalogue.current),
    settings: installation.settings,
    ...(kaito === undefined ? {} : { kaito }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** A claim that somebody else deletes is as good as gone: waiting for its end would try the same offering meanwhile. */
function withdrawn(claims: readonly KubeObject[], memory: Memory): readonly VanishedClaim[] {
  return claims.flatMap((claim) => {
    const goneMs = timeAt(claim, "metadata", "deletionTimestamp");
    return goneMs === undefined || memory.isDeleted(claim.metadata.uid ?? "") ? [] : [{ claim, goneMs }];
  });
}

function managedClaims(caches: Caches): readonly KubeObject[] {
  return caches.claims.list().filter((claim) => claim.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY);
}

/** Claims whose creation is under way and that no watch has shown yet. */
function unseen(sources: Sources, seen: readonly KubeObject[]): readonly JsonObject[] {
  const names = new Set(seen.map((claim) => claim.metadata.name));
  return sources.memory.inFlight().filter((claim) => !names.has(textAt(claim, "metadata", "name") ?? ""));
}

function claimsOf({ caches }: Sources, key: string, workspace: Workspace | undefined): readonly KubeObject[] {
  const share = workspace?.expansion?.nodes.share;
  const own = caches.claims.byIndex("owner", key);
  return [...own, ...(share === undefined ? [] : caches.claims.byIndex("share", share))].filter(
    (claim) => claim.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY,
  );
}

function podsOf(caches: Caches, key: string, claims: readonly KubeObject[]): readonly KubeObject[] {
  const nodes = claims.map(nodeNameOf);
  const bound = nodes.flatMap((node) => (node === "" ? [] : caches.pods.byIndex("node", node)));
  return [...new Set([...caches.pods.byIndex("owner", key), ...bound])];
}

function nodeNameOf(object: KubeObject): string {
  return textAt(object, "spec", "nodeName") ?? textAt(object, "status", "nodeName") ?? "";
}

function sharersOf(caches: Caches, workspace: Workspace | undefined): number {
  const share = workspace?.expansion?.nodes.share;
  if (share === undefined) return 0;
  const others = caches.workspaces
    .byIndex("share", share)
    .filter((one) => one.metadata.uid !== workspace?.metadata.uid);
  return others.filter((one) => one.metadata.deletionTimestamp === undefined).length;
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
