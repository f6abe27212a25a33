import { parseDocument } from "yaml";
import { isObject, type JsonObject, sha256Hex } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** The ConfigMap a Workspace names, and the key of it that is used. */
export interface ConfigReference {
  readonly name: string;
  readonly key: "inference_config.yaml" | "training_config.yaml";
}

export type Config =
  | { readonly kind: "none" }
  | { readonly kind: "ok"; readonly hash: string }
  | { readonly kind: "missing" | "conflict"; readonly message: string };

export function configReference(workspace: Workspace): ConfigReference | undefined {
  const inference = workspace.inference?.config;
  if (inference !== undefined && inference !== "") return { name: inference, key: "inference_config.yaml" };
  const tuning = workspace.tuning?.config;
  if (tuning !== undefined && tuning !== "") return { name: tuning, key: "training_config.yaml" };
  return undefined;
}

/**
 * What the user's ConfigMap does to the pods.
 * @param configMap the ConfigMap `configReference` names; undefined when it does not exist.
 */
export function readConfig(workspace: Workspace, configMap: JsonObject | undefined): Config {
  const reference = configReference(workspace);
  if (reference === undefined) return { kind: "none" };
  const { name, key } = reference;
  if (configMap === undefined) {
    return { kind: "missing", message: `ConfigMap ${name} does not exist: create it with the key ${key}` };
  }
  const data = isObject(configMap["data"]) ? configMap["data"] : {};
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof text !== "string") {
    return { kind: "missing", message: `ConfigMap ${name} has no key ${key}: add it` };
  }
  const conflict = findConflict(workspace, text);
  if (conflict !== undefined) return { kind: "conflict", message: `ConfigMap ${name}, key ${key}: ${conflict}` };
  return { kind: "ok", hash: sha256Hex(text) };
}

function findConflict(workspace: Workspace, text: string): string | undefined {
  // Aliases can make a short text endlessly long.
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined) return `not YAML: ${problem.message.split("\n")[0] ?? ""}`;
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 0 });
  } catch {
    return "YAML aliases are not allowed: write the value out";
  }
  if (!isObject(content)) return "must be a map of settings";
  const flags = content["vllm"];
  return isObject(flags) ? contradiction(workspace, flags) : undefined;
}

/** The ConfigMap wins over the flags of the expansion, so a number the GPU cannot hold would end in a crash loop. */
function contradiction(workspace: Workspace, flags: JsonObject): string | undefined {
  const { expansion } = workspace;
  const longest = expansion?.memory?.maxModelLen;
  const asked = flags["max-model-len"];
  if (longest !== undefined && typeof asked === "number" && asked > longest) {
    return `vllm.max-model-len is ${asked}, the GPU memory holds ${longest}: lower it or choose a larger size`;
  }
  const tensor = expansion?.parallelism?.tensor;
  const parallel = flags["tensor-parallel-size"];
  if (tensor !== undefined && typeof parallel === "number" && parallel !== tensor) {
    return `vllm.tensor-parallel-size is ${parallel}, the pod has it at ${tensor}: remove it`;
  }
  return undefined;
}
