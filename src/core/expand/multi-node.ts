import type { JsonObject } from "../json.ts";
import { RENDEZVOUS_PORT } from "./pod.ts";
import { type ServerParts, type ServerQuestion, STARTUP_PERIOD_SECONDS, startupSeconds } from "./server.ts";

/** Waits for the Ray nodes; comes with the base image from vLLM's examples/ray_serving. */
const MULTI_NODE = "/workspace/vllm/multi-node-serving.sh";
// Nodes of one group come up to a quarter of an hour apart (Karpenter's registration limit), and pull the image then.
const PEERS_SECONDS = 1800;

/**
 * One Ray cluster over the pods of a StatefulSet: index 0 leads and serves, the others lend it their GPUs. ADR 0011
 * says why Ray. A lost pod heals by itself: vLLM's executor ends the leader when a worker dies, workers end when the
 * leader's cluster is gone, and each container starts again and joins.
 * @param entry the server's Python file
 * @param args its arguments; they reach it as arguments of the script, so that no shell reads them
 */
export function distributedParts(
  question: ServerQuestion,
  entry: string,
  parts: Pick<ServerParts, "args" | "env">,
): ServerParts {
  const { name, namespace } = question.workspace.metadata;
  const leader = `${name}-0.${name}-headless.${namespace}.svc.cluster.local`;
  const seconds = startupSeconds(question.model) + PEERS_SECONDS;
  return {
    command: ["/bin/sh", "-c", script({ entry, leader, nodeCount: question.nodeCount, seconds }), "vllm"],
    args: parts.args,
    env: [
      ...parts.env,
      { name: "POD_INDEX", valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } } },
      { name: "RAY_USAGE_STATS_ENABLED", value: "0" },
    ],
    probes: probes(question.port, seconds),
  };
}

interface ScriptValues {
  readonly entry: string;
  readonly leader: string;
  readonly nodeCount: number;
  readonly seconds: number;
}

/**
 * The first process of a container ignores signals it does not handle, and a shell handles none while it waits for a
 * child in the foreground: children run in the background, and SIGTERM ends them. The server replaces the shell.
 * Ray's dashboard runs what it is sent, and nothing here asks it.
 */
function script({ entry, leader, nodeCount, seconds }: ScriptValues): string {
  return [
    // $! is set with the child itself: a signal between the two would leave it behind.
    `trap 'kill "$!" 2>/dev/null; exit 143' TERM`,
    'if [ "$POD_INDEX" = 0 ]; then',
    `  ${MULTI_NODE} leader --ray_cluster_size=${nodeCount} --ray_port=${RENDEZVOUS_PORT} --ray_init_timeout=${seconds} --include-dashboard=false &`,
    `  wait "$!" && exec python3 ${entry} "$@"`,
    "  exit 1",
    "fi",
    "while :; do",
    `  ray start --address=${leader}:${RENDEZVOUS_PORT} --block &`,
    '  wait "$!"',
    "  sleep 5 &",
    '  wait "$!"',
    "done",
  ].join("\n");
}

/**
 * Only the leader answers requests, and its /health knows of dead workers; whether a worker is well is Ray's affair.
 * curl is in the base image, and takes milliseconds where Python takes seconds of a busy CPU: KAITO's probe, with a
 * limit of one second and one failure allowed, restarts healthy groups.
 */
function probes(port: number, seconds: number): JsonObject {
  const ask = `[ "$POD_INDEX" != 0 ] || exec curl --fail --silent --show-error --max-time 10 --noproxy 127.0.0.1 --output /dev/null http://127.0.0.1:${port}/health`;
  const check = { exec: { command: ["/bin/sh", "-c", ask] }, timeoutSeconds: 15 };
  return {
    startupProbe: {
      ...check,
      failureThreshold: Math.ceil(seconds / STARTUP_PERIOD_SECONDS),
      periodSeconds: STARTUP_PERIOD_SECONDS,
    },
    livenessProbe: { ...check, failureThreshold: 6, periodSeconds: 10 },
    readinessProbe: { ...check, failureThreshold: 3, periodSeconds: 10 },
  };
}
