import type { JsonObject } from "../json.ts";
import { apiKeyEnv } from "./access.ts";
import { distributedParts } from "./multi-node.ts";
import { CONFIG_PATH } from "./pod.ts";
import { flagList, httpProbes, type ServerParts, type ServerQuestion } from "./server.ts";
import { vllmFlags } from "./vllm-flags.ts";
import { cacheEnv } from "./weights.ts";

const ENTRY = "/workspace/vllm/inference_api.py";

/** Command, environment and probes of vLLM in KAITO's base image. */
export function vllmParts(question: ServerQuestion): ServerParts {
  const flags = flagList(vllmFlags(question));
  const config =
    question.inference.config === undefined ? [] : [`--kaito-config-file=${CONFIG_PATH}/inference_config.yaml`];
  // The server appends the values of the user's file after these flags, so the user wins.
  const args = [...flags, ...config];
  const parts = { args, env: env(question) };
  if (question.nodeCount > 1) return distributedParts(question, ENTRY, parts);
  return { ...parts, command: ["python3", ENTRY], probes: httpProbes(question.model, question.port) };
}

/** As KAITO v0.12 sets them: both need a CUDA toolkit that the image does not carry; a model may say otherwise. */
const withoutCompiler = { VLLM_USE_DEEP_GEMM: "0", VLLM_USE_FLASHINFER_SAMPLER: "0" };

function env(question: ServerQuestion): readonly JsonObject[] {
  // A model server has nothing to tell anybody outside.
  const values: { readonly [name: string]: string } = {
    VLLM_NO_USAGE_STATS: "1",
    ...withoutCompiler,
    ...question.model.env,
  };
  return [
    ...apiKeyEnv(question.options),
    ...cacheEnv(question.weights, question.imageReference),
    ...Object.keys(values)
      .sort()
      .map((name) => ({ name, value: values[name] ?? "" })),
  ];
}
