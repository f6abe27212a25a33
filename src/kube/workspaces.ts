import { groupOf } from "../core/kinds/is-workspace.ts";
import type { WorkspaceGroup } from "../core/kinds/workspace.ts";
import { FORESAIL_WORKSPACES, type Resource, WORKSPACES } from "./resources.ts";

/** Workspaces by their group. */
export const WORKSPACES_OF: { readonly [group in WorkspaceGroup]: Resource } = {
  "kaito.sh": WORKSPACES,
  "foresail.dev": FORESAIL_WORKSPACES,
};

/** The resource of a Workspace, or of a reference to one: of its own group. */
export function resourceOfWorkspace(workspace: { readonly apiVersion?: unknown }): Resource {
  return WORKSPACES_OF[groupOf(workspace)];
}
