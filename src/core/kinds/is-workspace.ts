import type { JsonObject } from "../json.ts";
import { KAITO_GROUP, WORKSPACE_GROUPS, WORKSPACE_VERSION, type WorkspaceGroup, workspaceKind } from "./workspace.ts";

/** Whether an object is a Workspace of any version, in either group; other kinds, and other groups, are not for us. */
export function isWorkspace({ apiVersion, kind }: JsonObject): boolean {
  return kind === workspaceKind.kind && groupIn(apiVersion) !== undefined;
}

/** The group of a Workspace; KAITO's where it states none that serves it, as a part of one does. */
export function groupOf(workspace: { readonly apiVersion?: unknown }): WorkspaceGroup {
  return groupIn(workspace.apiVersion) ?? KAITO_GROUP;
}

/** apiVersion of a Workspace as the API server stores it: its own group, in the version that is stored. */
export function storedApiVersion(workspace: { readonly apiVersion?: unknown }): string {
  return `${groupOf(workspace)}/${WORKSPACE_VERSION}`;
}

function groupIn(apiVersion: unknown): WorkspaceGroup | undefined {
  return WORKSPACE_GROUPS.find((group) => typeof apiVersion === "string" && apiVersion.startsWith(`${group}/`));
}
