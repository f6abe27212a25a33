import { PRESET_LABEL } from "../../core/preset-pod/words.ts";

// The API group of Workspaces, and the label of preset pods.
const OURS = ["kaito.sh/", PRESET_LABEL];
// Keys of the ConfigMaps a Workspace names.
const CONFIG_KEYS = ["inference_config.yaml", "training_config.yaml"];

/** Whether a text may hold objects of ours; what does not is left unparsed, so that templates which are not YAML yet do no harm. */
export function mentionsOurs(text: string): boolean {
  return OURS.some((word) => text.includes(word));
}

/** Whether a text may hold settings of a Workspace. */
export function mentionsSettings(text: string): boolean {
  return CONFIG_KEYS.some((key) => text.includes(key));
}
