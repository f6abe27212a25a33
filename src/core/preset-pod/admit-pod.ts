import { objectsAt } from "../capacity/fields.ts";
import { type Catalogue, findRelease } from "../catalogue.ts";
import { diff } from "../diff.ts";
import { extentIssues } from "../input-types.ts";
import { error, errors, type Issue, warning, warnings } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { allowed, denied, patched } from "../review.ts";
import { type ExpandedPod, expandPod } from "./expand-pod.ts";
import { expandedWith, isGated, isPresetPod } from "./preset-pod.ts";
import { EXPAND_GATE, PRESET_LABEL } from "./words.ts";

/** Whether a review is about a pod that is being made. */
export function concernsPod(request: JsonObject): boolean {
  const kind = request["kind"];
  return (
    isObject(kind) &&
    kind["group"] === "" &&
    kind["kind"] === "Pod" &&
    (request["subResource"] ?? "") === "" &&
    request["operation"] === "CREATE"
  );
}

/**
 * Answers the review of a pod: a preset pod is expanded or refused, any other is let through as it is.
 * @param uid of the review, to be echoed
 */
export function admitPod(request: JsonObject, uid: string, catalogue: Catalogue): JsonObject {
  const pod = request["object"];
  if (!isObject(pod) || !isPresetPod(pod)) return allowed(uid);
  const tooLarge = [...extentIssues("spec", pod["spec"]), ...extentIssues("metadata", pod["metadata"])];
  if (tooLarge.length > 0) return denied(uid, tooLarge);
  const release = expandedWith(pod);
  // Expanded a moment ago by a replica of another version: that one answered for it.
  if (release !== undefined && findRelease(catalogue, release) === undefined) return allowed(uid);
  const namespace = typeof request["namespace"] === "string" ? request["namespace"] : "";
  const { pod: after = pod, issues } = admittedPod(pod, namespace, catalogue);
  if (errors(issues).length > 0) return denied(uid, issues);
  // Told once: whoever calls again after another webhook has heard it.
  const told = release === undefined ? warnings(issues) : [];
  const patch = diff(pod, after);
  return patch.length === 0 ? allowed(uid, told) : patched(uid, patch, told);
}

/** Everything to be said of a preset pod that has not been expanded yet. */
export function presetPodIssues(pod: JsonObject, namespace: string, catalogue: Catalogue): readonly Issue[] {
  return admittedPod(pod, namespace, catalogue).issues;
}

function admittedPod(pod: JsonObject, namespace: string, catalogue: Catalogue): Omit<ExpandedPod, "expansion"> {
  if (objectsAt(pod, "spec", "containers").length === 0) return { issues: [noContainer] };
  const { issues, ...expanded } = expandPod(pod, namespace, catalogue);
  return { ...expanded, issues: isGated(pod) ? issues : [...issues, noGate(pod)] };
}

const noContainer = error("spec.containers", "schema/required", "spec.containers is required and absent");

function noGate(pod: JsonObject): Issue {
  const issue = warning(
    "spec.schedulingGates",
    "preset-pod/no-gate",
    `no scheduling gate ${EXPAND_GATE}: while the webhook is away, pods with ${PRESET_LABEL} run unexpanded`,
  );
  const gate = { name: EXPAND_GATE };
  const patch =
    objectsAt(pod, "spec", "schedulingGates").length > 0
      ? [{ op: "add" as const, path: "/spec/schedulingGates/-", value: gate }]
      : [{ op: "add" as const, path: "/spec/schedulingGates", value: [gate] }];
  return { ...issue, fix: { describes: `add the gate ${EXPAND_GATE}`, patch } };
}
