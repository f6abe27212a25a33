import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { DataSource, Tuning, Workspace } from "../kinds/workspace.ts";
import { filesConfigMapName } from "../names.ts";
import { imagePuller } from "./adapters.ts";
import type { Requests } from "./allocatable.ts";
import type { ChosenHardware } from "./hardware.ts";
import {
  CONFIG_PATH,
  containerSecurity,
  credentialsVolume,
  fileMoverResources,
  logOnError,
  modelResources,
  scratchVolume,
  sharedMemoryMount,
  sharedMemoryVolume,
  WEIGHTS_PATH,
  WORKSPACE_LABEL,
} from "./pod.ts";
import { hasBfloat16 } from "./runtime.ts";
import { downloadScript, pushScript } from "./scripts.ts";
import { trainingConfig } from "./training-config.ts";
import { leastNodeGiB } from "./weights.ts";

export interface TuningQuestion {
  readonly release: Release;
  readonly workspace: Workspace;
  readonly tuning: Tuning;
  readonly method: string;
  readonly model: Model;
  readonly image: RuntimeImage;
  readonly imageReference: string;
  readonly hardware: ChosenHardware;
  readonly requests: Requests;
}

export interface TuningPod {
  readonly podTemplate: JsonObject;
  /** Disk of the node, GiB. */
  readonly storageGiB: number;
  readonly files: { readonly [name: string]: string };
}

const DATA_PATH = "/mnt/data";
export const RESULTS_PATH = "/mnt/results";
const CONFIG_FILE = "training_config.yaml";
const EPHEMERAL_GIB = 10;
const DATA_GIB = 20;
const RESULTS_GIB = 10;
const pusherSecurity = containerSecurity({ runAsUser: 0 });

/**
 * The pod of a tuning run. With an image as output training is the last init container and the push the only
 * container: a run that fails ends the pod, where a sidecar that waits for a file would wait for ever (KAITO's does).
 */
export function tuningPod(question: TuningQuestion): TuningPod {
  const { workspace, tuning, model, image, requests } = question;
  const files = tuning.config === undefined ? { [CONFIG_FILE]: configText(question) } : {};
  const trainer = trainingContainer(question);
  const pushed = tuning.output.image;
  const input = inputParts(question);
  const weights = image.weightsInside ? [] : [weightsDownload(question)];
  const configMap = tuning.config ?? filesConfigMapName(workspace.metadata.name ?? "", files);
  const podTemplate = {
    metadata: { labels: { [WORKSPACE_LABEL]: workspace.metadata.name } },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      initContainers: [...weights, ...input.initContainers, ...(pushed === undefined ? [] : [trainer])],
      containers: [pushed === undefined ? trainer : pushContainer(question, pushed)],
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      volumes: [
        sharedMemoryVolume(requests),
        { name: "config-volume", configMap: { name: configMap } },
        { ...(tuning.output.volumeSource ?? { emptyDir: { sizeLimit: `${RESULTS_GIB}Gi` } }), name: "results-volume" },
        ...(image.weightsInside ? [] : [scratchVolume("model-weights-volume", weightsRoomGiB(model))]),
        ...input.volumes,
        ...(tuning.output.imagePushSecret === undefined || pushed === undefined
          ? []
          : [pushCredentials(tuning.output.imagePushSecret)]),
      ],
    },
  };
  // KAITO's figures are for some models smaller than what their own pods need.
  const pods = question.hardware.podsPerNode ?? 1;
  const storageGiB = Math.max(model.tuning?.storageGiB ?? 0, leastNodeGiB(pods * ephemeralGiB(question)));
  return { podTemplate, storageGiB, files };
}

/** Disk the pod asks of its node, GiB. */
function ephemeralGiB({ image, model }: TuningQuestion): number {
  return EPHEMERAL_GIB + DATA_GIB + RESULTS_GIB + (image.weightsInside ? 0 : weightsRoomGiB(model));
}

function configText({ release, method, hardware }: TuningQuestion): string {
  return trainingConfig(release, method, hasBfloat16(hardware.computeCapability) ? "bfloat16" : "float16");
}

function weightsRoomGiB(model: Model): number {
  return Math.ceil(model.weightsGiB * 1.1 + 2);
}

function trainingContainer(question: TuningQuestion): JsonObject {
  const { model, image, hardware, requests } = question;
  const targets = model.tuning?.targetModules;
  return {
    name: "model",
    image: question.imageReference,
    workingDir: "/workspace/tfs",
    command: ["accelerate"],
    args: ["launch", `--num_processes=${hardware.gpuCount}`, "/workspace/tfs/fine_tuning.py"],
    env: [
      ...(targets === undefined ? [] : [{ name: "DEFAULT_TARGET_MODULES", value: targets }]),
      { name: "PYTORCH_CUDA_ALLOC_CONF", value: "expandable_segments:True" },
    ],
    resources: modelResources(hardware, requests, ephemeralGiB(question)),
    securityContext: containerSecurity(image),
    ...logOnError,
    volumeMounts: [
      sharedMemoryMount,
      { name: "config-volume", mountPath: CONFIG_PATH, readOnly: true },
      { name: "data-volume", mountPath: DATA_PATH },
      { name: "results-volume", mountPath: RESULTS_PATH },
      ...(image.weightsInside ? [] : [{ name: "model-weights-volume", mountPath: WEIGHTS_PATH }]),
    ],
  };
}

function weightsDownload(question: TuningQuestion): JsonObject {
  const { release, model } = question;
  return {
    name: "model-weights-downloader",
    image: release.defaults.images.oras,
    command: ["oras"],
    args: ["pull", `${release.defaults.registry}/${model.tuning?.weightsArtifact}`, "-o", WEIGHTS_PATH],
    resources: fileMoverResources,
    securityContext: pusherSecurity,
    volumeMounts: [{ name: "model-weights-volume", mountPath: WEIGHTS_PATH }],
  };
}

function inputParts(question: TuningQuestion): {
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
} {
  const { release, tuning } = question;
  const { input } = tuning;
  const mount = { name: "data-volume", mountPath: DATA_PATH };
  if (input.volumeSource !== undefined)
    return { initContainers: [], volumes: [{ ...input.volumeSource, name: "data-volume" }] };
  const data = scratchVolume("data-volume", DATA_GIB);
  if (input.image !== undefined) {
    const secrets = input.imagePullSecrets ?? [];
    const credentials = "docker-config-tuning-input";
    const puller = imagePuller("puller", release.defaults.images.puller, {
      image: input.image,
      target: DATA_PATH,
      mount,
      secrets,
      credentials,
    });
    return {
      initContainers: [puller],
      volumes: [data, ...(secrets.length > 0 ? [credentialsVolume(credentials, secrets)] : [])],
    };
  }
  return { initContainers: [downloader(release, input, mount)], volumes: [data] };
}

function downloader(release: Release, input: DataSource, mount: JsonObject): JsonObject {
  return {
    name: "data-downloader",
    image: release.defaults.images.curl,
    command: ["/bin/sh", "-c", downloadScript],
    // The first argument after the script is $0.
    args: ["download", ...downloads(input.urls ?? [])],
    env: [{ name: "TARGET", value: DATA_PATH }],
    resources: fileMoverResources,
    securityContext: { allowPrivilegeEscalation: false },
    volumeMounts: [mount],
  };
}

// File systems allow 255; the extension is at the end.
const LONGEST_FILE_NAME = 200;

/** Pairs of address and file name. The name keeps the extension: the training script picks its reader by it. */
function downloads(urls: readonly string[]): readonly string[] {
  return urls.flatMap((url, index) => {
    const last = (url.split(/[?#]/)[0] ?? "").split("/").at(-1) ?? "";
    const base = last
      .replaceAll(/[^A-Za-z0-9._-]/g, "_")
      .slice(-LONGEST_FILE_NAME)
      .replace(/^\.+/, "");
    // In arguments the kubelet reads $(NAME) as a variable and $$ as $.
    return [url.replaceAll("$", "$$$$"), urls.length === 1 && base !== "" ? base : `${index}-${base}`];
  });
}

function pushContainer(question: TuningQuestion, image: string): JsonObject {
  const { release, tuning, model } = question;
  const secret = tuning.output.imagePushSecret;
  return {
    name: "pusher",
    image: release.defaults.images.oras,
    command: ["/bin/sh", "-c", pushScript],
    env: [
      { name: "IMAGE", value: image },
      { name: "PRESET", value: model.name },
      { name: "RESULTS", value: RESULTS_PATH },
    ],
    resources: fileMoverResources,
    securityContext: pusherSecurity,
    volumeMounts: [
      { name: "results-volume", mountPath: RESULTS_PATH, readOnly: true },
      ...(secret === undefined ? [] : [{ name: "docker-config", mountPath: "/root/.docker", readOnly: true }]),
    ],
  };
}

function pushCredentials(secret: string): JsonObject {
  return {
    name: "docker-config",
    secret: { secretName: secret, items: [{ key: ".dockerconfigjson", path: "config.json" }] },
  };
}
