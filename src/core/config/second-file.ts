import { CONFIG_PATH } from "../expand/pod.ts";
import type { Issue } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { shown } from "../schema.ts";
import { conflict } from "./finding.ts";
import { readNames, type StatedFlag } from "./flags.ts";
import { overrides } from "./overrides.ts";
import { parseSettings } from "./parse.ts";
import type { ServedPod } from "./served-pod.ts";

/**
 * The key of the ConfigMap that `vllm.config` makes a file of options of vLLM's own kind: there switches, lists and maps are
 * read as they are meant, and everything on the command line wins (vLLM 0.25.1, _pull_args_from_config).
 */
export function secondFile(content: JsonObject): string | undefined {
  const options = Object.hasOwn(content, "vllm") ? content["vllm"] : undefined;
  const path = isObject(options) && Object.hasOwn(options, "config") ? options["config"] : undefined;
  return typeof path === "string" ? keyOf(path) : undefined;
}

function keyOf(path: string): string | undefined {
  const prefix = `${CONFIG_PATH}/`;
  const key = path.startsWith(prefix) ? path.slice(prefix.length) : "";
  return /^[-._a-zA-Z0-9]+\.ya?ml$/.test(key) ? key : undefined;
}

export function secondFileIssues(flags: readonly StatedFlag[], pod: ServedPod): readonly Issue[] {
  const stated = flags.find(({ name, dotted }) => name === "config" && !dotted);
  if (stated === undefined) return [];
  const { path, text } = stated;
  const key = keyOf(text);
  if (key === undefined) {
    return [conflict(path, `is ${shown(text)}: it must be a key of this ConfigMap, as ${CONFIG_PATH}/<key>.yaml`)];
  }
  const file = Object.hasOwn(pod.files, key) ? pod.files[key] : undefined;
  if (typeof file !== "string")
    return [conflict(path, `names the key ${key}, which the ConfigMap does not have: add it`)];
  const parsed = parseSettings(file);
  if (parsed.kind === "wrong") return [conflict(key, parsed.problem)];
  const read = readNames(parsed.content, pod.server, key);
  // What the command line states, too, has no effect here.
  const winning = read.flags.filter(({ name }) => !Object.hasOwn(pod.options, name));
  return [...read.issues, ...winning.flatMap((flag) => overrides(flag, pod))];
}
