import type { JsonObject } from "../json.ts";
import { workspaceKind } from "./workspace.ts";

/** Whether an object is a Workspace of any version; other kinds, and other groups, are not for us. */
export function isWorkspace({ apiVersion, kind }: JsonObject): boolean {
  return (
    typeof apiVersion === "string" && apiVersion.startsWith(`${workspaceKind.group}/`) && kind === workspaceKind.kind
  );
}
