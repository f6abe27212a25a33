import type { JsonObject } from "../json.ts";
import { containerSecurity, scratchVolume } from "./pod.ts";
import type { ServerQuestion } from "./server.ts";

// KAITO's place for the version its script installs (v0.12.0, docker/presets/models/tfs/cuda-provision.sh).
const CUDA_HOME = "/opt/kaito/cuda/129";
const PROVISION = "/workspace/cuda-provision.sh";
const VOLUME = "cuda-toolkit";
// The script says 1.2 GB once installed; its downloads go to the container's own layer.
const SIZE_GIB = 4;

export interface CudaToolkitParts {
  readonly initContainers: readonly JsonObject[];
  readonly volumes: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  readonly env: readonly JsonObject[];
  readonly ephemeralGiB: number;
}

/**
 * NVIDIA's compiler for models whose kernels are compiled on the node: the base image has none, and brings a script
 * that installs it. KAITO installs into a directory of the node that every pod may write; what one pod puts there the
 * next one runs, and pod security `baseline` forbids such volumes. Ours is a volume of the pod, so each pod installs
 * it again, in about a minute.
 */
export function cudaToolkitParts({ model, image, imageReference }: ServerQuestion): CudaToolkitParts {
  if (!model.cudaToolkit || image.runtime !== "vllm")
    return { initContainers: [], volumes: [], mounts: [], env: [], ephemeralGiB: 0 };
  const mount = { name: VOLUME, mountPath: CUDA_HOME };
  const installer = {
    name: "cuda-toolkit-provisioner",
    image: imageReference,
    command: [PROVISION],
    args: [CUDA_HOME],
    resources: { requests: { cpu: "100m", "ephemeral-storage": `${SIZE_GIB}Gi`, memory: "1Gi" } },
    securityContext: containerSecurity(image),
    volumeMounts: [mount],
  };
  return {
    initContainers: [installer],
    volumes: [scratchVolume(VOLUME, SIZE_GIB)],
    mounts: [{ ...mount, readOnly: true }],
    env: [{ name: "CUDA_HOME", value: CUDA_HOME }],
    ephemeralGiB: SIZE_GIB,
  };
}
