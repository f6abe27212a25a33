import type { JsonObject } from "../json.ts";
import { adapterParts, adaptersEphemeralGiB } from "./adapters.ts";
import { hasChatSidecar, withChatSidecar } from "./chat.ts";
import { cudaToolkitParts } from "./cuda-toolkit.ts";
import { keyGuardParts } from "./key-guard.ts";
import {
  CONFIG_PATH,
  containerSecurity,
  logOnError,
  MODEL_CONTAINER,
  MODEL_PORT,
  modelResources,
  sharedMemoryMount,
  sharedMemoryVolume,
  WORKSPACE_LABEL,
} from "./pod.ts";
import type { ServerQuestion } from "./server.ts";
import { transformersParts } from "./transformers.ts";
import { vllmParts } from "./vllm.ts";
import { weightsParts } from "./weights.ts";

// Logs, caches of compiled kernels and the Python environment's own writes.
const EPHEMERAL_GIB = 10;

/** Disk the pod asks of its node, GiB. */
export function podEphemeralGiB(question: ServerQuestion): number {
  const weights = weightsParts(question.weights, question.model, question.workspace.metadata.name ?? "");
  const adaptersGiB = adaptersEphemeralGiB(question.inference.adapters ?? []);
  return EPHEMERAL_GIB + weights.ephemeralGiB + cudaToolkitParts(question).ephemeralGiB + adaptersGiB;
}

/** The pod of a preset that serves; placement is added by the caller. */
export function inferencePod(question: ServerQuestion): JsonObject {
  const { release, workspace, inference, model, image, hardware, requests } = question;
  const server = image.runtime === "vllm" ? vllmParts(question) : transformersParts(question);
  const adapters = adapterParts(inference.adapters ?? [], {
    puller: release.defaults.images.puller,
    server: { reference: question.imageReference, image },
  });
  const weights = weightsParts(question.weights, model, workspace.metadata.name ?? "");
  const toolkit = cudaToolkitParts(question);
  const guard = keyGuardParts(question.options, workspace.metadata.name ?? "");
  const container = {
    name: MODEL_CONTAINER,
    image: question.imageReference,
    command: server.command,
    args: server.args,
    env: [...server.env, ...toolkit.env, ...tokenEnv(question)],
    ports: [{ name: question.port === MODEL_PORT ? "http" : "server", containerPort: question.port, protocol: "TCP" }],
    ...server.probes,
    resources: modelResources(hardware, requests, podEphemeralGiB(question)),
    securityContext: containerSecurity(image),
    ...logOnError,
    volumeMounts: [
      sharedMemoryMount,
      ...weights.mounts,
      ...toolkit.mounts,
      ...guard.mounts,
      ...(inference.config === undefined ? [] : [{ name: "config-volume", mountPath: CONFIG_PATH, readOnly: true }]),
      ...adapters.mounts,
    ],
  };
  const pod = {
    metadata: { labels: { [WORKSPACE_LABEL]: workspace.metadata.name } },
    spec: {
      automountServiceAccountToken: false,
      containers: [container],
      // A Service named vllm would give every pod beside it VLLM_PORT=tcp://..., which vLLM takes for its own and refuses.
      enableServiceLinks: false,
      initContainers: [...toolkit.initContainers, ...adapters.initContainers],
      imagePullSecrets: [...new Set(adapters.pullSecrets)].map((name) => ({ name })),
      // The model must be able to finish the requests it has.
      terminationGracePeriodSeconds: 60,
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      volumes: [
        sharedMemoryVolume(requests),
        ...weights.volumes,
        ...toolkit.volumes,
        ...guard.volumes,
        ...(inference.config === undefined ? [] : [{ name: "config-volume", configMap: { name: inference.config } }]),
        ...adapters.volumes,
      ],
    },
  };
  return hasChatSidecar(question.options, image)
    ? withChatSidecar(pod, release.defaults.images.foresail, inference.adapters ?? [])
    : pod;
}

/** A gated model that is to be downloaded cannot start without its token, so that a missing Secret stops the pod and says so. */
function tokenEnv({ inference, model, weights }: ServerQuestion): readonly JsonObject[] {
  const name = inference.preset?.presetOptions?.modelAccessSecret;
  if (name === undefined) return [];
  const needed = model.gated && weights.kind === "download";
  const secretKeyRef = { key: "HF_TOKEN", name, ...(needed ? {} : { optional: true }) };
  return [{ name: "HF_TOKEN", valueFrom: { secretKeyRef } }];
}
