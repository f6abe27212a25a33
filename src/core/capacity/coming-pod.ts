import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { objectAt } from "./fields.ts";

/** A pod as the template of the Workspace makes them, before it has a name. */
export function comingPod(workspace: Workspace | undefined): JsonObject {
  const { namespace = "" } = workspace?.metadata ?? {};
  return { metadata: { namespace }, spec: objectAt(workspace?.expansion?.podTemplate, "spec") };
}
