import { objectsAt } from "../../src/core/capacity/fields.ts";
import { checkWorkspace } from "../../src/core/checks/list.ts";
import { depthIssues, extentIssues, typeIssues } from "../../src/core/input-types.ts";
import { errors } from "../../src/core/issue.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { readOptions } from "../../src/core/options.ts";
import { concernsPod } from "../../src/core/preset-pod/admit-pod.ts";
import { presetInputs } from "../../src/core/preset-pod/inputs.ts";
import { isPresetPod } from "../../src/core/preset-pod/preset-pod.ts";
import type { Body } from "../../webhook/body.ts";

/** Where a body ended, in the order in which it is looked at. */
export const ENDINGS = ["JSON", "envelope", "schema", "checks", "expand"] as const;
export type Ending = (typeof ENDINGS)[number];

/** The first step that a body does not pass, asked of the steps themselves; `expand` when it passes all. */
export function endingOf(body: Body): Ending {
  if (body.kind !== "json" || body.ambiguous !== undefined) return "JSON";
  const pod = presetPodIn(body.value);
  if (pod !== undefined) return endingOfPod(pod);
  const object = workspaceIn(body.value);
  if (object === undefined) return "envelope";
  if (depthIssues(object).length > 0 || typeIssues(object).length > 0) return "schema";
  const wrong = [...checkWorkspace(object, { provision: true }), ...readOptions(object).issues];
  return errors(wrong).length > 0 ? "checks" : "expand";
}

function presetPodIn(review: unknown): JsonObject | undefined {
  const request = isObject(review) && review["kind"] === "AdmissionReview" ? review["request"] : undefined;
  if (!isObject(request) || typeof request["uid"] !== "string" || request["uid"] === "") return undefined;
  const { object } = request;
  return concernsPod(request) && isObject(object) && isPresetPod(object) ? object : undefined;
}

/** A pod is looked at as the Workspace it stands for. */
function endingOfPod(pod: JsonObject): Ending {
  const sizes = [...extentIssues("spec", pod["spec"]), ...extentIssues("metadata", pod["metadata"])];
  if (sizes.length > 0 || objectsAt(pod, "spec", "containers").length === 0) return "schema";
  const { workspace, issues } = presetInputs(pod, "models");
  return errors([...issues, ...readOptions(workspace).issues]).length > 0 ? "checks" : "expand";
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
