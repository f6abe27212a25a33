import { groupOf } from "../core/kinds/is-workspace.ts";
import type { Workspace, WorkspaceGroup } from "../core/kinds/workspace.ts";
import { holderOf } from "../core/plan/namesake.ts";
import { type Cache, createCache, type OnChange } from "../kube/cache.ts";
import { isUnserved } from "../kube/error.ts";
import { createIndexes } from "../kube/indexes.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { list } from "../kube/list.ts";
import type { Resource } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import { WORKSPACES_OF } from "../kube/workspaces.ts";
import { isUndefined } from "./follow-into.ts";
import { configOfWorkspace, keyOfObject, refusedOfWorkspace, shareOfWorkspace } from "./keys.ts";
import { selectionsOf } from "./own-nodes.ts";

/** Workspaces of all groups that are followed: of two of one name the one that has it (`holderOf`). */
export interface Workspaces extends Pick<Cache, "size" | "get" | "list" | "byIndex" | "wrote"> {
  /** The other one of that name, which waits. */
  waiting(namespace: string, name: string): KubeObject | undefined;
  /** All that wait. */
  listWaiting(): readonly KubeObject[];
  /** What a follower of each group tells. */
  readonly caches: readonly (readonly [Resource, Cache])[];
}

/** @param onChange told of those that have their name; `wake` of every change, with the key of its name */
export function createWorkspaces(
  groups: readonly WorkspaceGroup[],
  onChange: OnChange,
  wake: (key: string) => void,
): Workspaces {
  const held = new Map<string, KubeObject>();
  const waiting = new Map<string, KubeObject>();
  const indexes = createIndexes({
    config: configOfWorkspace,
    share: shareOfWorkspace,
    selection: selectionsOf,
    refused: refusedOfWorkspace,
  });
  const caches = new Map(groups.map((group) => [group, createCache({ onChange: changed })]));

  function changed(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOfObject(object);
    const { namespace, name } = object.metadata;
    const named = [...caches.values()].map((cache) => cache.get(namespace, name)).filter((one) => one !== undefined);
    const holder = holderAmong(named);
    const other = named.find((one) => one !== holder);
    if (other === undefined) waiting.delete(key);
    else waiting.set(key, other);
    hold(key, holder);
    wake(key);
  }

  function hold(key: string, holder: KubeObject | undefined): void {
    const before = held.get(key);
    if (before === holder) return;
    indexes.change(key, before, holder);
    if (holder === undefined) held.delete(key);
    else held.set(key, holder);
    onChange(before, holder);
  }

  return {
    get size() {
      return held.size;
    },
    get: (namespace, name) => held.get(`${namespace ?? ""}/${name}`),
    list: (namespace) => {
      const all = [...held.values()];
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
    byIndex: (index, value) => indexes.find(index, value),
    wrote: (object) => caches.get(groupOf(object))?.wrote(object),
    waiting: (namespace, name) => waiting.get(`${namespace}/${name}`),
    listWaiting: () => [...waiting.values()],
    caches: [...caches].map(([group, cache]) => [WORKSPACES_OF[group], cache] as const),
  };
}

/** The one that has the name, of those that bear it. */
export function holderAmong(named: readonly KubeObject[]): KubeObject | undefined {
  const [first, second] = named as unknown as readonly (Workspace | undefined)[];
  const holder = first === undefined || second === undefined ? first : holderOf(first, second);
  return holder as unknown as KubeObject | undefined;
}

/** The Workspaces of one name as the API server has them. Throws KubeError as `get`; a group it does not serve has none. */
export async function readNamed(
  kube: Kube,
  groups: readonly WorkspaceGroup[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    groups.map((group) =>
      ifServed(kube, group, undefined, (resource) => get(kube, { resource, namespace, name }, { signal })),
    ),
  );
  return found.filter((one) => one !== undefined);
}

/** All Workspaces as the API server has them. */
export async function readAll(
  kube: Kube,
  groups: readonly WorkspaceGroup[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    groups.map((group) =>
      ifServed(kube, group, [], async (resource) => (await list(kube, resource, { signal })).items),
    ),
  );
  return found.flat();
}

/** A server that has just started says of kinds it will serve that it does not: only without a definition there are none. */
async function ifServed<T>(
  kube: Kube,
  group: WorkspaceGroup,
  none: T,
  read: (resource: Resource) => Promise<T>,
): Promise<T> {
  const resource = WORKSPACES_OF[group];
  try {
    return await read(resource);
  } catch (error) {
    if (isUnserved(error) && (await isUndefined(kube, resource))) return none;
    throw error;
  }
}
