import type { JsonObject } from "../json.ts";
import { adapterParts } from "./adapters.ts";
import { hasChatSidecar, withChatSidecar } from "./chat.ts";
import {
  CONFIG_PATH,
  containerSecurity,
  modelResources,
  scratchVolume,
  sharedMemoryMount,
  sharedMemoryVolume,
  WEIGHTS_PATH,
  WORKSPACE_LABEL,
} from "./pod.ts";
import type { ServerQuestion } from "./server.ts";
import { transformersParts } from "./transformers.ts";
import { vllmParts } from "./vllm.ts";

// Logs, caches of compiled kernels and the Python environment's own writes.
const EPHEMERAL_GIB = 10;

/** The pod of a preset that serves; placement is added by the caller. */
export function inferencePod(question: ServerQuestion): JsonObject {
  const { release, workspace, inference, model, image, hardware, requests } = question;
  const server = image.runtime === "vllm" ? vllmParts(question) : transformersParts(question);
  const adapters = adapterParts(inference.adapters ?? [], {
    puller: release.defaults.images.puller,
    server: { reference: question.imageReference, image },
  });
  // A download needs room for the file in flight beside the finished ones.
  const weightsGiB = image.weightsInside ? 0 : Math.ceil(model.weightsGiB * 1.1 + 2);
  const secret = inference.preset?.presetOptions?.modelAccessSecret;
  const token = {
    name: "HF_TOKEN",
    valueFrom: { secretKeyRef: { key: "HF_TOKEN", name: secret, optional: true } },
  };
  const container = {
    name: "model",
    image: question.imageReference,
    command: server.command,
    args: server.args,
    env: [...server.env, ...(secret === undefined ? [] : [token])],
    ports: [{ name: "http", containerPort: question.port, protocol: "TCP" }],
    ...server.probes,
    resources: modelResources(hardware, requests, EPHEMERAL_GIB + weightsGiB),
    securityContext: containerSecurity(image),
    volumeMounts: [
      sharedMemoryMount,
      ...(weightsGiB > 0 ? [{ name: "model-weights-volume", mountPath: WEIGHTS_PATH }] : []),
      ...(inference.config === undefined ? [] : [{ name: "config-volume", mountPath: CONFIG_PATH, readOnly: true }]),
      ...adapters.mounts,
    ],
  };
  const pod = {
    metadata: { labels: { [WORKSPACE_LABEL]: workspace.metadata.name } },
    spec: {
      automountServiceAccountToken: false,
      containers: [container],
      initContainers: adapters.initContainers,
      imagePullSecrets: [...new Set(adapters.pullSecrets)].map((name) => ({ name })),
      // The model must be able to finish the requests it has.
      terminationGracePeriodSeconds: 60,
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      volumes: [
        sharedMemoryVolume(requests),
        ...(weightsGiB > 0 ? [scratchVolume("model-weights-volume", weightsGiB)] : []),
        ...(inference.config === undefined ? [] : [{ name: "config-volume", configMap: { name: inference.config } }]),
        ...adapters.volumes,
      ],
    },
  };
  return hasChatSidecar(question.options, image)
    ? withChatSidecar(pod, release.defaults.images.foresail, inference.adapters ?? [])
    : pod;
}
