import { KAITO_GROUP, OWN_GROUP } from "../../core/kinds/workspace.ts";
import { PRESET_LABEL } from "../../core/preset-pod/words.ts";

// The API groups of Workspaces, and the label of preset pods. Of our own group only what is a version: annotations have it, too.
const OURS = [`${KAITO_GROUP}/`, `${OWN_GROUP}/v`, PRESET_LABEL];
// Keys of the ConfigMaps a Workspace names.
const CONFIG_KEYS = ["inference_config.yaml", "training_config.yaml"];

/** Whether a text may hold objects of ours; what does not is left unparsed, so that templates which are not YAML yet do no harm. */
export function mentionsOurs(text: string): boolean {
  return OURS.some((word) => text.includes(word));
}

// Kinds that mean something beside a Workspace: its autoscaler, its quota, its namespace's labels, what brings its GPUs, and what
// may have the name of an object it is made of.
const BESIDE =
  /^[ "{]*kind"?:\s*"?(HorizontalPodAutoscaler|ScaledObject|Deployment|StatefulSet|Job|Service|NetworkPolicy|ResourceQuota|Namespace|DaemonSet|ValidatingAdmissionPolicy(Binding)?)\b/m;

// Parameters of a policy are a few lines; dashboards and scripts, which lie in ConfigMaps, too, are not parsed for them.
const CONFIG_MAP = /^[ "{]*kind"?:\s*"?ConfigMap\b/m;
const LARGEST_PARAMETERS = 64 * 1024;

/** Whether a text may hold settings of a Workspace. */
export function mentionsSettings(text: string): boolean {
  return CONFIG_KEYS.some((key) => text.includes(key));
}

/** Whether a text may hold what a Workspace is judged with: its settings, and kinds that act on it. */
export function mentionsBeside(text: string): boolean {
  return mentionsSettings(text) || BESIDE.test(text) || (text.length <= LARGEST_PARAMETERS && CONFIG_MAP.test(text));
}
