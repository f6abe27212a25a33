import type { RuntimeImage } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { ExpansionNodes } from "../kinds/expansion.ts";
import type { Requests } from "./allocatable.ts";
import type { ChosenHardware } from "./hardware.ts";

export const WEIGHTS_PATH = "/workspace/weights";
export const ADAPTERS_PATH = "/mnt/adapter";
export const CONFIG_PATH = "/mnt/config";
export const MODEL_PORT = 5000;
export const RENDEZVOUS_PORT = 29500;
export const WORKSPACE_LABEL = "kaito.sh/workspace";
/** Slices of a GPU are resources of their own: `nvidia.com/mig-1g.10gb`. */
export const MIG_RESOURCE = "nvidia.com/mig-";
/** The container that runs the model or the training. */
export const MODEL_CONTAINER = "model";

// NCCL and PyTorch workers pass tensors through /dev/shm; it counts against the pod's memory, so it gets a bound.
const SHARED_MEMORY_SHARE = 8;

export function modelResources(hardware: ChosenHardware, requests: Requests, ephemeralGiB: number): JsonObject {
  const gpus = { [hardware.gpuResource]: String(hardware.gpuCount) };
  return {
    limits: gpus,
    requests: {
      cpu: String(requests.cpus),
      "ephemeral-storage": `${ephemeralGiB}Gi`,
      memory: `${requests.memoryGiB}Gi`,
      ...gpus,
    },
  };
}

/** Requests of init containers and sidecars that only move files. */
export const fileMoverResources: JsonObject = { requests: { cpu: "100m", memory: "256Mi" } };

export function sharedMemoryVolume(requests: Requests): JsonObject {
  const sizeGiB = Math.max(1, Math.floor(requests.memoryGiB / SHARED_MEMORY_SHARE));
  return { name: "dshm", emptyDir: { medium: "Memory", sizeLimit: `${sizeGiB}Gi` } };
}

export const sharedMemoryMount: JsonObject = { name: "dshm", mountPath: "/dev/shm" };

export function scratchVolume(name: string, sizeGiB: number): JsonObject {
  return { name, emptyDir: { sizeLimit: `${sizeGiB}Gi` } };
}

/** The kubelet passes on the end of the log of a container that fails, so that status can tell what it died of. */
export const logOnError: JsonObject = { terminationMessagePolicy: "FallbackToLogsOnError" };

/** What the runtime image supports, from its catalogue entry; KAITO's images have no user but root. */
export function containerSecurity(image: Pick<RuntimeImage, "runAsUser">): JsonObject {
  return {
    allowPrivilegeEscalation: false,
    ...(image.runAsUser === 0 ? {} : { runAsNonRoot: true, runAsUser: image.runAsUser }),
  };
}

/** Credential files of pull secrets, one per secret, as the pull script expects them. */
export function credentialsVolume(name: string, secrets: readonly string[]): JsonObject {
  return {
    name,
    projected: {
      sources: secrets.map((secret) => ({
        secret: { name: secret, items: [{ key: ".dockerconfigjson", path: `${secret}.json` }] },
      })),
    },
  };
}

export function tolerations(nodes: ExpansionNodes, gpuResource: string): readonly JsonObject[] {
  const always: readonly JsonObject[] = [
    { effect: "NoSchedule", key: "nvidia.com/gpu", operator: "Exists" },
    // Nodes whose GPUs are cut may be tainted with the name of their slices, as in KAITO.
    ...(gpuResource.startsWith(MIG_RESOURCE) ? [{ effect: "NoSchedule", key: gpuResource, operator: "Exists" }] : []),
    { effect: "NoSchedule", key: "sku", operator: "Equal", value: "gpu" },
  ];
  // AKS taints spot pools with this key.
  const spot = { effect: "NoSchedule", key: "kubernetes.azure.com/scalesetpriority", operator: "Equal", value: "spot" };
  return nodes.capacityTypes.includes("spot") ? [...always, spot] : always;
}

export interface Placement {
  readonly name: string;
  readonly namespace: string;
  readonly provider: string;
  readonly nodes: ExpansionNodes;
  readonly instanceTypes: readonly string[];
  /** Requirements that came from resource.labelSelector. */
  readonly selector: readonly JsonObject[];
}

/** Node selector requirements of a pod (design 4.2): every provisioned pod asks for a label only our claims give. */
export function nodeRequirements(placement: Placement): readonly JsonObject[] {
  const { nodes, name, namespace } = placement;
  const inValues = (key: string, values: readonly string[]): JsonObject => ({ key, operator: "In", values });
  const requirements: JsonObject[] = [...placement.selector];
  if (nodes.provision && nodes.placement === "dedicated") {
    requirements.push(
      inValues("foresail.dev/workspace", [name]),
      inValues("foresail.dev/workspace-namespace", [namespace]),
    );
    if (placement.provider === "gpu-provisioner") {
      requirements.push(inValues(WORKSPACE_LABEL, [name]), inValues("kaito.sh/workspacenamespace", [namespace]));
    }
  }
  if (nodes.provision && nodes.share !== undefined) requirements.push(inValues("foresail.dev/share", [nodes.share]));
  if (placement.instanceTypes.length > 0)
    requirements.push(inValues("node.kubernetes.io/instance-type", placement.instanceTypes));
  if (nodes.zones !== undefined) requirements.push(inValues("topology.kubernetes.io/zone", nodes.zones));
  return requirements;
}

export function nodeAffinity(requirements: readonly JsonObject[]): JsonObject {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: requirements }] },
    },
  };
}
