import { MODEL_PORT } from "./pod.ts";
import { hasBfloat16 } from "./runtime.ts";
import { flagList, httpProbes, type ServerParts, type ServerQuestion } from "./server.ts";
import { cacheEnv } from "./weights.ts";

const ENTRY = "/workspace/tfs/inference_api.py";
const LAUNCH = ["launch", "--gpu_ids=all", "--machine_rank=0", "--num_machines=1", "--num_processes=1", ENTRY];

/**
 * How several adapters become one. The server's own default, svd, counts the scale of each adapter twice and approximates the
 * sum; cat is the exact sum (PEFT 0.11.1, tuners/lora/model.py: add_weighted_adapter).
 */
const COMBINATION = { combination_type: "cat" };

/** Command and probes of the transformers server. */
export function transformersParts(question: ServerQuestion): ServerParts {
  const { model, hardware, inference } = question;
  const flags = {
    ...model.transformersFlags,
    torch_dtype: hasBfloat16(hardware.computeCapability) ? "bfloat16" : "float16",
    ...sourceFlags(question),
    ...((inference.adapters ?? []).length > 0 ? COMBINATION : {}),
  };
  return {
    command: ["accelerate"],
    args: [...LAUNCH, ...flagList(flags)],
    env: cacheEnv(question.weights, question.imageReference),
    probes: httpProbes(model, MODEL_PORT),
  };
}

function sourceFlags({ model, weights }: ServerQuestion): { readonly [flag: string]: string } {
  switch (weights.kind) {
    case "image":
      return {};
    case "node":
      return { pretrained_model_name_or_path: weights.path, served_model_name: model.name };
    case "claim":
    case "download":
      return {
        allow_remote_files: "",
        pretrained_model_name_or_path: model.model,
        revision: model.revision,
        served_model_name: model.name,
      };
  }
}
