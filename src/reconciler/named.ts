import { KAITO_GROUP, WORKSPACE_GROUPS, type Workspace, type WorkspaceGroup } from "../core/kinds/workspace.ts";
import type { World } from "../core/world.ts";
import type { KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import { definitionOf } from "./definition.ts";
import type { Sources } from "./gather.ts";
import { kaitoRunsAt } from "./kaito.ts";
import { partsOf } from "./keys.ts";
import { holderAmong, readAll, readNamed } from "./workspaces.ts";

/**
 * The Workspace as the cache has it. Where only claims are known of it, the API server is asked: their watch may be ahead of
 * that of the Workspaces, and claims without a Workspace are deleted.
 */
export async function workspaceOf(sources: Sources, key: string, signal: AbortSignal): Promise<Workspace | undefined> {
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

/**
 * The Workspace of this name in the other group. In KAITO's it is asked for where that is not followed: KAITO may serve one,
 * and have made nothing yet that could be seen.
 */
export async function namesakeOf(
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
 * Whether claims belong to a Workspace of a group that is not followed: whoever served both before they were told to serve one
 * alone made them, and they are no orphans.
 */
export async function isOfOtherGroup(
  { kube, installation }: Sources,
  { namespace, name, claims }: World,
  signal: AbortSignal,
): Promise<boolean> {
  if (namespace === "" || claims.length === 0) return false;
  const others = WORKSPACE_GROUPS.filter((group) => !installation.groups.includes(group));
  return (await readNamed(kube, others, { namespace, name }, signal)).length > 0;
}

/** The other Workspaces that use the same nodes. */
export function sharersOf(
  caches: Caches,
  share: string | undefined,
  workspace: Workspace | undefined,
): readonly KubeObject[] {
  if (share === undefined) return [];
  const all = caches.workspaces.byIndex("share", share);
  return workspace === undefined ? all : all.filter((one) => one.metadata.uid !== workspace.metadata.uid);
}

export function asWorkspace(object: KubeObject): Workspace {
  return object as unknown as Workspace;
}
