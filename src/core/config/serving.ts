import type { Issue } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { shown } from "../schema.ts";
import { memoryIssues } from "./context.ts";
import { conflict, note } from "./finding.ts";
import { readFlags } from "./flags.ts";
import { overrides } from "./overrides.ts";
import { secondFileIssues } from "./second-file.ts";
import type { ServedPod } from "./served-pod.ts";

/** KAITO's own settings (v0.12, inference_api.py: KaitoConfig) and why they do nothing here. */
const withoutEffect: { readonly [key: string]: string } = {
  kv_cache_cpu_memory_utilization: "has no effect: the pod sets it to 0, as it would take half of the node's memory",
  max_probe_steps: "has no effect: KAITO v0.12 reads it and probes nothing",
};

/**
 * What is wrong with an inference_config.yaml. It is appended to the command line, so what contradicts the pod around the
 * server would win, and end in a crash loop or a Service without endpoints.
 */
export function servingIssues(content: JsonObject, pod: ServedPod): readonly Issue[] {
  const notes = Object.keys(content)
    .filter((key) => key !== "vllm")
    .map((key) =>
      note(
        key,
        Object.hasOwn(withoutEffect, key) ? (withoutEffect[key] ?? "") : "is not read: options stand below vllm",
      ),
    );
  if (!Object.hasOwn(content, "vllm")) return notes;
  const stated = content["vllm"];
  if (!isObject(stated)) {
    return [
      ...notes,
      conflict("vllm", `must be a map of options, given ${shown(stated)}: remove it where there are none`),
    ];
  }
  const { flags, issues } = readFlags(stated, pod.server);
  return [
    ...notes,
    ...issues,
    ...flags.flatMap((flag) => overrides(flag, pod)),
    ...memoryIssues(flags, pod),
    ...secondFileIssues(flags, pod),
  ];
}
