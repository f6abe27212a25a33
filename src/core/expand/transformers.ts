import { MODEL_PORT } from "./pod.ts";
import { hasBfloat16 } from "./runtime.ts";
import { flagList, httpProbes, type ServerParts, type ServerQuestion } from "./server.ts";

const ENTRY = "/workspace/tfs/inference_api.py";
const LAUNCH = ["launch", "--gpu_ids=all", "--machine_rank=0", "--num_machines=1", "--num_processes=1", ENTRY];

/**
 * Command and probes of the transformers server. It is started without a shell: /bin/sh drops variables whose names are
 * no identifiers, and the strength of an adapter travels in a variable that is named like the adapter.
 */
export function transformersParts(question: ServerQuestion): ServerParts {
  const { model, image, hardware } = question;
  const remote = image.weightsInside
    ? {}
    : {
        allow_remote_files: "",
        pretrained_model_name_or_path: model.model,
        revision: model.revision,
        served_model_name: model.name,
      };
  const flags = {
    ...model.transformersFlags,
    torch_dtype: hasBfloat16(hardware.computeCapability) ? "bfloat16" : "float16",
    ...remote,
  };
  return {
    command: ["accelerate"],
    args: [...LAUNCH, ...flagList(flags)],
    env: image.weightsInside ? [] : [{ name: "HF_HOME", value: "/workspace/weights" }],
    probes: httpProbes(model, MODEL_PORT),
  };
}
