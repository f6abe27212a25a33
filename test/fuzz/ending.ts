import { checkWorkspace } from "../../src/core/checks/list.ts";
import { depthIssues, typeIssues } from "../../src/core/input-types.ts";
import { errors } from "../../src/core/issue.ts";
import { isObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { readOptions } from "../../src/core/options.ts";
import type { Body } from "../../webhook/body.ts";

/** Where a body ended, in the order in which it is looked at. */
export const ENDINGS = ["JSON", "envelope", "schema", "checks", "expand"] as const;
export type Ending = (typeof ENDINGS)[number];

/** The first step that a body does not pass, asked of the steps themselves; `expand` when it passes all. */
export function endingOf(body: Body): Ending {
  if (body.kind !== "json" || body.ambiguous !== undefined) return "JSON";
  const object = workspaceIn(body.value);
  if (object === undefined) return "envelope";
  if (depthIssues(object).length > 0 || typeIssues(object).length > 0) return "schema";
  const wrong = [...checkWorkspace(object, { provision: true }), ...readOptions(object).issues];
  return errors(wrong).length > 0 ? "checks" : "expand";
}

function workspaceIn(review: unknown): Workspace | undefined {
  if (!isObject(review) || review["kind"] !== "AdmissionReview") return undefined;
  const { request } = review;
  if (!isObject(request) || typeof request["uid"] !== "string" || request["uid"] === "") return undefined;
  const { kind, operation, object } = request;
  const ours = isObject(kind) && kind["group"] === "kaito.sh" && kind["kind"] === "Workspace";
  if (!ours || (operation !== "CREATE" && operation !== "UPDATE") || (request["subResource"] ?? "") !== "")
    return undefined;
  if (!isObject(object)) return undefined;
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  return metadata["deletionTimestamp"] === undefined ? ({ ...object, metadata } as unknown as Workspace) : undefined;
}
