import { objectsAt, textAt } from "../capacity/fields.ts";
import { WORKSPACE_LABEL } from "../expand/pod.ts";
import { type JsonObject, sha256Hex } from "../json.ts";
import { EXPAND_GATE, EXPANDED_ANNOTATION, PRESET_LABEL } from "./words.ts";

const SHARE_KEY_HEX_DIGITS = 10;

/** A pod that asks for a preset by its label. What belongs to a Workspace has been expanded with it. */
export function isPresetPod(pod: JsonObject): boolean {
  return labelOf(pod, PRESET_LABEL) !== undefined && labelOf(pod, WORKSPACE_LABEL) === undefined;
}

/** Whether it waits to be expanded: the scheduler does not look at it. */
export function isGated(pod: JsonObject): boolean {
  return objectsAt(pod, "spec", "schedulingGates").some((gate) => gate["name"] === EXPAND_GATE);
}

/** The release that expanded it; undefined for one that admission has not seen. */
export function expandedWith(pod: JsonObject): string | undefined {
  return isGated(pod) ? undefined : textAt(pod, "metadata", "annotations", EXPANDED_ANNOTATION);
}

/** What makes its pods anew: a ReplicaSet, a StatefulSet, a Job. */
export function controllerOf(pod: JsonObject): JsonObject | undefined {
  return objectsAt(pod, "metadata", "ownerReferences").find((owner) => owner["controller"] === true);
}

/**
 * The key of the nodes its owner's pods may share, as `foresail.dev/share` has it: 10 hex digits of sha256(namespace + UID
 * of the owner). A pod nobody owns has no UID yet when admission sees it; its name, or what the name is made from, stands in.
 */
export function shareOfPresetPod(pod: JsonObject, namespace: string): string {
  const own = textAt(pod, "metadata", "generateName") ?? textAt(pod, "metadata", "name") ?? "";
  const owner = textAt(controllerOf(pod), "uid") ?? `pod/${own}`;
  return sha256Hex(namespace + owner).slice(0, SHARE_KEY_HEX_DIGITS);
}

function labelOf(pod: JsonObject, label: string): string | undefined {
  return textAt(pod, "metadata", "labels", label);
}
