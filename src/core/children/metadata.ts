import type { JsonObject } from "../json.ts";
import { storedApiVersion } from "../kinds/is-workspace.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** Label of children and of pods: the name of their Workspace. */
export const WORKSPACE_LABEL = "kaito.sh/workspace";
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGED_BY = "foresail";

/**
 * Metadata of a child: its name, our two labels and the owner. Labels and annotations of the Workspace are not copied:
 * a GitOps tool would take a child that carries its tracking label for an object missing from git and prune it.
 */
export function childMetadata(workspace: Workspace, name: string): JsonObject {
  const { metadata } = workspace;
  return {
    name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [WORKSPACE_LABEL]: workspaceName(workspace) },
    ...(metadata.uid === undefined ? {} : { ownerReferences: [ownerReference(workspace, metadata.uid)] }),
  };
}

function ownerReference(workspace: Workspace, uid: string): JsonObject {
  return {
    apiVersion: storedApiVersion(workspace),
    kind: "Workspace",
    name: workspaceName(workspace),
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function workspaceName(workspace: Workspace): string {
  return workspace.metadata.name ?? "";
}

/** Labels that select the pods of a Workspace and nothing else. */
export function podSelector(workspace: Workspace): { readonly [label: string]: string } {
  return { [WORKSPACE_LABEL]: workspaceName(workspace) };
}
