import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { Options } from "../options.ts";
import { scratchVolume, WEIGHTS_PATH, WORKSPACE_LABEL } from "./pod.ts";

/**
 * Where a server has its weights from. image: they lie in it; download: from the model's host to a volume of the pod;
 * claim: a volume that keeps them, or is to keep them; node: a directory of the node.
 */
export type Weights =
  | { readonly kind: "image" }
  | { readonly kind: "download"; readonly storageClass?: string }
  | { readonly kind: "claim"; readonly claim: string; readonly pods: "one" | "several" }
  | { readonly kind: "node"; readonly path: string };

export interface WeightsQuestion {
  readonly workspace: Workspace;
  readonly release: Release;
  readonly options: Options;
  readonly image: RuntimeImage;
  /** Pods that may run at the same time. */
  readonly pods: "one" | "several";
}

// Where KAITO v0.12 expects them (website, bring-your-own-weights).
const NODE_DIRECTORY = "/opt/kaito/models";

export function weightsOf({ workspace, release, options, image, pods }: WeightsQuestion): Weights {
  if (image.weightsInside) return { kind: "image" };
  if (options.weightsClaim !== undefined) return { kind: "claim", claim: options.weightsClaim, pods };
  if (options.useLocalWeights === true) {
    const preset = workspace.inference?.preset?.name ?? "";
    return { kind: "node", path: `${NODE_DIRECTORY}/${preset.toLowerCase().replaceAll(/[/\\]/g, "-")}` };
  }
  const { weightsStorageClass: storageClass } = release.defaults;
  return { kind: "download", ...(storageClass === undefined ? {} : { storageClass }) };
}

const VOLUME = "model-weights-volume";
// KAITO's name; its documentation has users look for it.
const NODE_VOLUME = "model-weights-hostpath";

export interface WeightsParts {
  readonly volumes: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  /** Room on the node's own disk, GiB. */
  readonly ephemeralGiB: number;
}

/** Volume and mount of the weights, and the disk they take from the node. */
export function weightsParts(weights: Weights, model: Model, workspaceName: string): WeightsParts {
  const mounts = [{ name: VOLUME, mountPath: WEIGHTS_PATH }];
  const sizeGiB = volumeGiB(model);
  switch (weights.kind) {
    case "image":
      return { volumes: [], mounts: [], ephemeralGiB: 0 };
    case "claim":
      return {
        volumes: [{ name: VOLUME, persistentVolumeClaim: { claimName: weights.claim } }],
        mounts,
        ephemeralGiB: 0,
      };
    case "node": {
      const { path } = weights;
      // The directory must be there: DirectoryOrCreate would start a server on an empty one.
      const volumes = [{ name: NODE_VOLUME, hostPath: { path, type: "Directory" } }];
      return { volumes, mounts: [{ name: NODE_VOLUME, mountPath: path, readOnly: true }], ephemeralGiB: 0 };
    }
    case "download": {
      if (weights.storageClass === undefined)
        return { volumes: [scratchVolume(VOLUME, sizeGiB)], mounts, ephemeralGiB: sizeGiB };
      const volumes = [ephemeralVolume(workspaceName, weights.storageClass, sizeGiB)];
      return { volumes, mounts, ephemeralGiB: 0 };
    }
  }
}

/** A disk of the pod's own, made and deleted with it: a StatefulSet's volumeClaimTemplates could never change. */
function ephemeralVolume(workspaceName: string, storageClassName: string, sizeGiB: number): JsonObject {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: `${sizeGiB}Gi` } },
    storageClassName,
  };
  const metadata = { labels: { [WORKSPACE_LABEL]: workspaceName } };
  return { name: VOLUME, ephemeral: { volumeClaimTemplate: { metadata, spec } } };
}

// Tokenizer and code beside the weights; then compiled kernels (1 to 2 GiB) and the 4 GiB of shards hf-xet keeps.
const OTHER_FILES = 1.05;
const CACHES_GIB = 10;

/** Size of the volume that weights are downloaded to, GiB. Files are written in place, not twice. */
function volumeGiB(model: Model): number {
  return Math.ceil(model.weightsGiB * OTHER_FILES + CACHES_GIB);
}

// KAITO's rule: weights, the base image of about 30 GiB, logs and room to download.
const BESIDE_WEIGHTS_GIB = 80;
const IMAGE_GIB = 30;
// The kubelet keeps a tenth of the disk free (evictionHard nodefs.available), which pods cannot ask for.
const ALLOCATABLE = 0.9;

/** Disk the node needs, GiB: KAITO's rule, and never less than lets the requests of all its pods be scheduled. */
export function nodeStorageGiB(weights: Weights, model: Model, podEphemeralGiB: number, pods = 1): number {
  const onNode = weights.kind === "image" || (weights.kind === "download" && weights.storageClass === undefined);
  const kaito = Math.floor((onNode ? model.weightsGiB : 0) + BESIDE_WEIGHTS_GIB);
  return Math.max(kaito, leastNodeGiB(podEphemeralGiB * pods));
}

/** The smallest disk of a node that pods with these requests fit on beside their image, GiB. */
export function leastNodeGiB(podEphemeralGiB: number): number {
  return Math.ceil((podEphemeralGiB + IMAGE_GIB) / ALLOCATABLE);
}

/**
 * Caches beside the weights, so that a restarted container finds them and a claim keeps them. Compiled kernels lie in a
 * directory of their image; pods that run at the same time do not share them (vLLM writes them without a lock).
 */
export function cacheEnv(weights: Weights, imageReference: string): readonly JsonObject[] {
  if (weights.kind === "image" || weights.kind === "node") return [];
  const caches = `${WEIGHTS_PATH}/.cache`;
  const compiled = `${caches}/${imageKey(imageReference)}`;
  const own = weights.kind === "download" || weights.pods === "one";
  return [
    { name: "HF_HOME", value: `${caches}/huggingface` },
    // One copy of every file of the repository, wherever the server asks for it.
    { name: "HF_HUB_CACHE", value: WEIGHTS_PATH },
    ...(own
      ? [
          { name: "FLASHINFER_WORKSPACE_BASE", value: compiled },
          { name: "TORCHINDUCTOR_CACHE_DIR", value: `${compiled}/inductor` },
          { name: "TRITON_CACHE_DIR", value: `${compiled}/triton` },
          { name: "VLLM_CACHE_ROOT", value: `${compiled}/vllm` },
        ]
      : []),
  ];
}

/** Name and tag, or digest, of an image as a directory name; the registry may be a mirror. */
function imageKey(reference: string): string {
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  return last.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, 128);
}
