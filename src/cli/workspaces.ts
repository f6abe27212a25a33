import { groupOf } from "../core/kinds/is-workspace.ts";
import type { WorkspaceGroup } from "../core/kinds/workspace.ts";
import { isForbidden, isUnserved } from "../kube/error.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import { list, listIfServed, type Selection } from "../kube/list.ts";
import { FORESAIL_WORKSPACES, type Ref, type Resource, refOf, WORKSPACES } from "../kube/resources.ts";

/** Workspaces by their group. */
export const RESOURCE_OF_GROUP: { readonly [group in WorkspaceGroup]: Resource } = {
  "kaito.sh": WORKSPACES,
  "foresail.dev": FORESAIL_WORKSPACES,
};
/** Those of KAITO's group, and ours. */
export const BOTH_WORKSPACES: readonly Resource[] = Object.values(RESOURCE_OF_GROUP);

/** A Workspace by its own group. */
export function workspaceRef(workspace: KubeObject): Ref {
  return refOf(RESOURCE_OF_GROUP[groupOf(workspace)], workspace);
}

/** Workspaces of both groups. */
export interface Listed {
  readonly items: readonly KubeObject[];
  /** `workspaces.foresail.dev`, where the caller may list the other group only. */
  readonly unread: readonly string[];
}

/**
 * The Workspaces of both groups. A group that is not served has none; whoever may not list it cannot see whether it is served,
 * so that is told, not thrown, where the other one can be listed. Throws KubeError where neither can.
 */
export async function listWorkspaces(kube: Kube, selection: Selection = {}): Promise<Listed> {
  const tried = await Promise.allSettled(BOTH_WORKSPACES.map((resource) => list(kube, resource, selection)));
  const failed = tried.flatMap((one, i) => (one.status === "rejected" ? [{ error: one.reason, i }] : []));
  const other = failed.find(({ error }) => !isUnserved(error) && !isForbidden(error));
  if (other !== undefined) throw other.error;
  if (failed.length === tried.length) throw (failed.find(({ error }) => isForbidden(error)) ?? failed[0])?.error;
  return {
    items: tried.flatMap((one) => (one.status === "fulfilled" ? one.value.items : [])),
    unread: failed.flatMap(({ error, i }) => (isForbidden(error) ? [nameOf(BOTH_WORKSPACES[i])] : [])),
  };
}

/** The Workspaces of both groups; none where a group is not served. Throws KubeError where one may not be listed. */
export async function listAllWorkspaces(kube: Kube, selection: Selection = {}): Promise<readonly KubeObject[]> {
  const found = await Promise.all(BOTH_WORKSPACES.map((resource) => listIfServed(kube, resource, selection)));
  return found.flat();
}

function nameOf(resource: Resource | undefined): string {
  return resource === undefined ? "" : `${resource.plural}.${resource.group}`;
}
