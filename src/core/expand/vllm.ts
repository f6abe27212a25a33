import type { JsonObject } from "../json.ts";
import { gpuMemoryUtilization } from "./fit.ts";
import { ADAPTERS_PATH, CONFIG_PATH, MODEL_PORT, RENDEZVOUS_PORT, WEIGHTS_PATH } from "./pod.ts";
import { hasBfloat16 } from "./runtime.ts";
import { flagList, httpProbes, type ServerParts, type ServerQuestion, startupTries } from "./server.ts";

const ENTRY = "/workspace/vllm/inference_api.py";
const MULTI_NODE = "/workspace/vllm/multi-node-serving.sh";
const HEALTH = "/workspace/vllm/multi-node-health-check.py";
// Ranks LoRA adapters are usually trained with; vLLM's own limit of 16 refuses many.
const LARGEST_ADAPTER_RANK = 64;

/** Command, environment and probes of vLLM in KAITO's base image. */
export function vllmParts(question: ServerQuestion): ServerParts {
  const flags = flagList(vllmFlags(question));
  const config =
    question.inference.config === undefined ? [] : [`--kaito-config-file=${CONFIG_PATH}/inference_config.yaml`];
  // The server appends the values of the user's file after these flags, so the user wins.
  const args = [...flags, ...config];
  if (question.nodeCount > 1) return distributed(question, args);
  return { command: ["python3", ENTRY], args, env: env(), probes: httpProbes(question.model, MODEL_PORT) };
}

/** Later layers win: catalogue default, size, preset, performance mode. */
export function vllmFlags(question: ServerQuestion): { readonly [flag: string]: string } {
  const { model, parallelism, memory, inference, hardware, release, options } = question;
  const adapters = inference.adapters ?? [];
  return {
    ...release.defaults.vllmFlags,
    "download-dir": WEIGHTS_PATH,
    dtype: hasBfloat16(hardware.computeCapability) ? "bfloat16" : "float16",
    "gpu-memory-utilization": gpuMemoryUtilization(hardware.gpuModel).toFixed(2),
    // KAITO's wrapper would otherwise cache half of the node's memory, far above the pod's request.
    "kaito-kv-cache-cpu-memory-utilization": "0",
    "max-model-len": memory === undefined ? "auto" : String(memory.maxModelLen),
    model: model.model,
    port: String(MODEL_PORT),
    revision: model.revision,
    "served-model-name": model.name,
    "tensor-parallel-size": String(parallelism.tensor),
    "tokenizer-revision": model.revision,
    ...(parallelism.data > 1 ? { "data-parallel-size": String(parallelism.data) } : {}),
    ...(parallelism.tensor > 1 ? { "compilation-config.pass_config.fuse_allreduce_rms": "False" } : {}),
    ...(parallelism.pipeline > 1 ? { "pipeline-parallel-size": String(parallelism.pipeline) } : {}),
    ...(question.nodeCount > 1 ? { "distributed-executor-backend": "ray" } : {}),
    ...(adapters.length > 0
      ? {
          "enable-lora": "",
          "kaito-adapters-dir": ADAPTERS_PATH,
          "max-lora-rank": String(LARGEST_ADAPTER_RANK),
          "max-loras": String(adapters.length),
        }
      : {}),
    ...model.vllmFlags,
    ...(options.performanceMode === undefined || options.performanceMode === "balanced"
      ? {}
      : { "performance-mode": options.performanceMode }),
  };
}

/** As KAITO v0.12 sets them: both paths need a CUDA toolkit that the image does not carry. */
function env(): readonly JsonObject[] {
  return [
    { name: "VLLM_USE_DEEP_GEMM", value: "0" },
    { name: "VLLM_USE_FLASHINFER_SAMPLER", value: "0" },
  ];
}

/** One Ray cluster over the pods: index 0 leads and serves, the others join it under its stable name. */
function distributed(question: ServerQuestion, args: readonly string[]): ServerParts {
  const { name, namespace } = question.workspace.metadata;
  const leader = `${name}-0.${name}-headless.${namespace}.svc.cluster.local`;
  // The flags reach the server as arguments of the script, so that no shell reads them.
  const serve = `python3 ${ENTRY} "$@"`;
  const script = [
    'if [ "$POD_INDEX" = 0 ]; then',
    `  ${MULTI_NODE} leader --ray_cluster_size=${question.nodeCount} --ray_port=${RENDEZVOUS_PORT} && exec ${serve}`,
    "else",
    `  exec ${MULTI_NODE} worker --ray_address=${leader} --ray_port=${RENDEZVOUS_PORT}`,
    "fi",
  ].join("\n");
  const check = (mode: string, port: string): JsonObject => ({
    exec: { command: ["python3", HEALTH, mode, `--leader-address=${leader}`, port] },
    // Starting Python alone takes seconds; KAITO's limit of one second fails healthy pods.
    timeoutSeconds: 15,
    periodSeconds: 20,
  });
  const ready = check("readiness", `--vllm-port=${MODEL_PORT}`);
  return {
    command: ["/bin/sh", "-c", script, "vllm"],
    args,
    env: [
      { name: "POD_INDEX", valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } } },
      ...env(),
    ],
    probes: {
      startupProbe: { ...ready, failureThreshold: Math.ceil(startupTries(question.model) / 2) },
      livenessProbe: { ...check("liveness", `--ray-port=${RENDEZVOUS_PORT}`), failureThreshold: 3 },
      readinessProbe: { ...ready, failureThreshold: 3 },
    },
  };
}
