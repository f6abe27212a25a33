import type { JsonObject } from "../json.ts";
import { apiKeyEnv } from "./access.ts";
import { CONFIG_PATH, RENDEZVOUS_PORT } from "./pod.ts";
import { flagList, httpProbes, type ServerParts, type ServerQuestion, startupTries } from "./server.ts";
import { vllmFlags } from "./vllm-flags.ts";

const ENTRY = "/workspace/vllm/inference_api.py";
const MULTI_NODE = "/workspace/vllm/multi-node-serving.sh";
const HEALTH = "/workspace/vllm/multi-node-health-check.py";

/** Command, environment and probes of vLLM in KAITO's base image. */
export function vllmParts(question: ServerQuestion): ServerParts {
  const flags = flagList(vllmFlags(question));
  const config =
    question.inference.config === undefined ? [] : [`--kaito-config-file=${CONFIG_PATH}/inference_config.yaml`];
  // The server appends the values of the user's file after these flags, so the user wins.
  const args = [...flags, ...config];
  if (question.nodeCount > 1) return distributed(question, args);
  return { command: ["python3", ENTRY], args, env: env(question), probes: httpProbes(question.model, question.port) };
}

/** As KAITO v0.12 sets them: both paths need a CUDA toolkit that the image does not carry. */
function env(question: ServerQuestion): readonly JsonObject[] {
  return [
    ...apiKeyEnv(question.options),
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
  const ready = check("readiness", `--vllm-port=${question.port}`);
  return {
    command: ["/bin/sh", "-c", script, "vllm"],
    args,
    env: [
      { name: "POD_INDEX", valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } } },
      ...env(question),
    ],
    probes: {
      startupProbe: { ...ready, failureThreshold: Math.ceil(startupTries(question.model) / 2) },
      livenessProbe: { ...check("liveness", `--ray-port=${RENDEZVOUS_PORT}`), failureThreshold: 3 },
      readinessProbe: { ...ready, failureThreshold: 3 },
    },
  };
}
