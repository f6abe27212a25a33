import { isForbidden, isUnserved, KubeError } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { list, listIfServed, type Selection } from "../kube/list.ts";
import { type Ref, type Resource, refOf } from "../kube/resources.ts";
import { resourceOfWorkspace, WORKSPACES_OF } from "../kube/workspaces.ts";

/** Those of KAITO's group, and ours. */
export const BOTH_WORKSPACES: readonly Resource[] = Object.values(WORKSPACES_OF);

/** A Workspace by its own group. */
export function workspaceRef(workspace: KubeObject): Ref {
  return refOf(resourceOfWorkspace(workspace), workspace);
}

/** Workspaces of both groups. */
export interface Listed {
  readonly items: readonly KubeObject[];
  /** `workspaces.foresail.dev`, where the caller may list the other group only. */
  readonly unread: readonly string[];
}

/**
 * The Workspaces of both groups; a group that is not served has none. One that may not be listed is told, not thrown, where the
 * other one can be. Throws KubeError where neither can.
 */
export async function listWorkspaces(kube: Kube, selection: Selection = {}): Promise<Listed> {
  const tried = await Promise.all(BOTH_WORKSPACES.map((resource) => tryList(kube, resource, selection)));
  const failed = tried.flatMap(({ error, resource }) => (error === undefined ? [] : [{ error, resource }]));
  const forbidden = failed.filter(({ error }) => isForbidden(error));
  if (failed.length === tried.length) throw (forbidden[0] ?? failed[0])?.error;
  const served = await Promise.all(forbidden.map(({ resource }) => isServed(kube, resource)));
  return {
    items: tried.flatMap(({ items = [] }) => items),
    unread: forbidden.filter((_, i) => served[i]).map(({ resource: { plural, group } }) => `${plural}.${group}`),
  };
}

interface Tried {
  readonly resource: Resource;
  readonly items?: readonly KubeObject[];
  /** Not served, or not allowed. */
  readonly error?: unknown;
}

async function tryList(kube: Kube, resource: Resource, selection: Selection): Promise<Tried> {
  try {
    return { resource, items: (await list(kube, resource, selection)).items };
  } catch (error) {
    if (isUnserved(error) || isForbidden(error)) return { resource, error };
    throw error;
  }
}

/** Rights are asked first: whoever may not list what is not there is told no more than that. What is served all may ask. */
async function isServed(kube: Kube, { group, version }: Resource): Promise<boolean> {
  try {
    await kube.call({ method: "GET", path: `/apis/${group}/${version}` });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}

/** The Workspaces of both groups; none where a group is not served. Throws KubeError where one may not be listed. */
export async function listAllWorkspaces(kube: Kube, selection: Selection = {}): Promise<readonly KubeObject[]> {
  const found = await Promise.all(BOTH_WORKSPACES.map((resource) => listIfServed(kube, resource, selection)));
  return found.flat();
}
