import type { RuntimeImage } from "../catalogue.ts";
import type { Expanding } from "../expand.ts";
import { error, type Issue, warning } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Adapter } from "../kinds/workspace.ts";
import { annotationPath, type Options } from "../options.ts";
import { MODEL_PORT } from "./pod.ts";

/** Where the model server listens when the sidecar has the model port. */
const BEHIND_SIDECAR_PORT = 5001;

const ANNOTATION = "foresail.dev/chat-api";
// User and group of the image; any id but 0 would do.
const NOBODY = 65_532;

/** Whether a sidecar answers `/chat` in front of the server of this image. */
export function hasChatSidecar(options: Options, image: RuntimeImage): boolean {
  return options.chatApi === true && image.runtime === "vllm" && !image.api.includes("chat");
}

/** Port the model server listens on; the Service's target port is the sidecar's where there is one. */
export function serverPort(options: Options, image: RuntimeImage): number {
  return hasChatSidecar(options, image) ? BEHIND_SIDECAR_PORT : MODEL_PORT;
}

/** HTTP APIs the pod answers. */
export function podApi(options: Options, image: RuntimeImage): readonly string[] {
  return hasChatSidecar(options, image) ? [...image.api, "chat"] : image.api;
}

/** What keeps `/chat` from being answered as asked. `image` is absent where the pod template is the user's own. */
export function chatIssues({ workspace, options }: Expanding, image: RuntimeImage | undefined): readonly Issue[] {
  if (options.chatApi !== true) return [];
  const path = annotationPath(ANNOTATION);
  const refuse = (why: string): readonly Issue[] => [error(path, "chat-api/unsupported", `${path}: ${why}`)];
  if (workspace.tuning !== undefined) return refuse("a tuning Workspace answers no requests: remove it");
  if (image === undefined) return refuse("the server of an own pod template is unknown: remove it, or name a preset");
  if (image.api.includes("chat")) {
    return [
      warning(path, "chat-api/built-in", `${ANNOTATION} has no effect: image ${image.name} answers /chat itself`),
    ];
  }
  if (image.runtime !== "vllm") {
    return refuse(`needs the vllm runtime, and ${image.name} is ${image.runtime}: remove it, or kaito.sh/runtime`);
  }
  const adapters = workspace.inference?.adapters?.length ?? 0;
  if (adapters < 2) return [];
  const text = `/chat uses the model without its ${adapters} adapters: they are named in requests of the OpenAI API`;
  return [warning(path, "chat-api/adapters", text)];
}

/** The pod with the sidecar as its last init container, after those that must end before the server starts. */
export function withChatSidecar(pod: JsonObject, image: string, adapters: readonly Adapter[]): JsonObject {
  const spec = isObject(pod["spec"]) ? pod["spec"] : {};
  const before = Array.isArray(spec["initContainers"]) ? spec["initContainers"] : [];
  return { ...pod, spec: { ...spec, initContainers: [...before, sidecar(image, adapters)] } };
}

function sidecar(image: string, adapters: readonly Adapter[]): JsonObject {
  // KAITO's /chat always answered with the adapter; vLLM answers with it when its name is asked for.
  const adapter = adapters.length === 1 ? adapters[0]?.source?.name : undefined;
  return {
    name: "chat",
    image,
    // The image's entry point is the program.
    args: [
      "chat",
      ...(adapter === undefined ? [] : [`--model=${adapter}`]),
      `--port=${MODEL_PORT}`,
      `--upstream-port=${BEHIND_SIDECAR_PORT}`,
    ],
    // Runs beside the server, starts before it and ends after it (Kubernetes 1.29).
    restartPolicy: "Always",
    ports: [{ name: "http", containerPort: MODEL_PORT, protocol: "TCP" }],
    // Whether the model answers is what the server's own probes say; of several pods only the first serves.
    readinessProbe: { tcpSocket: { port: MODEL_PORT }, periodSeconds: 10 },
    // Measured on Node 24: 111 MiB idle, 208 with 1,000 streams, 320 with the 2,000 it takes; and the prompts it may hold.
    resources: { requests: { cpu: "100m", memory: "192Mi" }, limits: { memory: "768Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsGroup: NOBODY,
      runAsNonRoot: true,
      runAsUser: NOBODY,
    },
  };
}
