import type { JsonObject } from "../json.ts";
import { workspaceKind } from "../kinds/workspace.ts";

/** Whether an object is a Workspace of any version. */
export function isWorkspaceObject({ apiVersion, kind }: JsonObject): boolean {
  return (
    typeof apiVersion === "string" && apiVersion.startsWith(`${workspaceKind.group}/`) && kind === workspaceKind.kind
  );
}
