import { allocatable } from "../../../src/core/capacity/reservation.ts";
import type { InstanceType } from "../../../src/core/catalogue.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { ephemeralStorage, SIMULATION } from "../../../src/local/instance-types.ts";
import type { ArmNode, ArmPool } from "../../support/arm/handle.ts";
import type { JsonMap } from "../../support/arm/wire.ts";

/** How the machines of a pool behave; durations as Go writes them. */
export interface NodeBehaviour {
  /** `never`: no Node at all. `not-ready`: a Node that never becomes Ready. */
  readonly registers?: "ready" | "not-ready" | "never";
  /** How long after Ready the device plugin has registered; `never`: no GPU. Default 1s. */
  readonly gpuDelay?: string;
}

const PODS = "110";
const DISK_SHARE = 0.9;

/** What AKS writes on a Node, as it registers: labels and taints of the pool and its own, and a size without GPUs yet. */
export function aksNode(
  pool: ArmPool,
  node: ArmNode,
  size: InstanceType,
  of: AksCluster,
  how: NodeBehaviour,
): JsonObject {
  const properties = pool.body["properties"] as JsonMap;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      // Settings of the simulation may come with the labels of a claim; those win.
      labels: {
        ...simulation(size, properties["gpuInstanceProfile"] !== undefined, how),
        ...(properties["nodeLabels"] as JsonObject | undefined),
        ...aksLabels(pool, node, size, of),
      },
      // kwok keeps nodes that carry this.
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: {
      providerID: node.providerID,
      taints: ((properties["nodeTaints"] ?? []) as readonly string[]).map(taint),
    },
    status: { ...resources(properties, size), phase: "Pending" },
  };
}

export interface AksCluster {
  readonly region: string;
  readonly nodeResourceGroup: string;
}

function aksLabels(
  pool: ArmPool,
  node: ArmNode,
  size: InstanceType,
  { region, nodeResourceGroup }: AksCluster,
): JsonObject {
  const properties = pool.body["properties"] as JsonMap;
  const prefix = "kubernetes.azure.com";
  return {
    agentpool: pool.name,
    [`${prefix}/agentpool`]: pool.name,
    [`${prefix}/cluster`]: nodeResourceGroup,
    [`${prefix}/mode`]: String(properties["mode"]).toLowerCase(),
    [`${prefix}/node-image-version`]: String(properties["nodeImageVersion"]),
    ...(size.gpuVendor === "nvidia" ? { accelerator: "nvidia" } : {}),
    "kubernetes.io/hostname": node.name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "node.kubernetes.io/instance-type": String(properties["vmSize"]),
    "topology.kubernetes.io/region": region,
    "topology.kubernetes.io/zone": node.zone,
  };
}

/** What the stages in test/tools/stages go by. Slices are there at once: the stages know whole GPUs only. */
function simulation(
  size: InstanceType,
  sliced: boolean,
  { registers = "ready", gpuDelay = "1s" }: NodeBehaviour,
): JsonObject {
  return {
    [`${SIMULATION}/vcpus`]: String(size.vcpus),
    [`${SIMULATION}/memory-mib`]: String(Math.round(size.memoryGiB * 1024)),
    [`${SIMULATION}/gpus`]: sliced ? "0" : String(size.gpuCount),
    [`${SIMULATION}/gpu-resource`]: size.gpuVendor === "amd" ? "amd.com_gpu" : "nvidia.com_gpu",
    ...(sliced ? {} : { [`${SIMULATION}/gpu-delay`]: gpuDelay }),
    ...(registers === "not-ready" ? { [`${SIMULATION}/ready-delay`]: "never" } : {}),
  };
}

// Slices of a GPU by profile of AKS, and the share of its memory that each has (NVIDIA's MIG user guide, A100 to H200).
const SLICES: Readonly<Record<string, readonly [string, number, number]>> = {
  MIG1g: ["1g", 7, 1 / 8],
  MIG2g: ["2g", 3, 1 / 4],
  MIG3g: ["3g", 2, 1 / 2],
  MIG4g: ["4g", 1, 1 / 2],
  MIG7g: ["7g", 1, 1],
};

/** The resource of a partitioned node, as the device plugin's strategy "mixed" names it. */
function slices(properties: JsonMap, size: InstanceType): JsonObject {
  const [name, perGpu, share] = SLICES[String(properties["gpuInstanceProfile"])] ?? [];
  if (name === undefined || perGpu === undefined || share === undefined) return {};
  return { [`nvidia.com/mig-${name}.${Math.round(size.gpuMemoryGiB * share)}gb`]: String(perGpu * size.gpuCount) };
}

function resources(properties: JsonMap, size: InstanceType): JsonObject {
  const left = allocatable(size.vcpus, size.memoryGiB);
  const diskGb = Number(properties["osDiskSizeGB"] ?? 0);
  const disk = diskGb > 0 ? `${Math.floor(diskGb * DISK_SHARE)}G` : ephemeralStorage(size.vcpus);
  const common = { pods: PODS, "ephemeral-storage": disk, ...slices(properties, size) };
  return {
    capacity: { cpu: String(size.vcpus), memory: `${Math.round(size.memoryGiB * 1024)}Mi`, ...common },
    allocatable: { cpu: `${left.cpuMilli}m`, memory: `${left.memoryMiB}Mi`, ...common },
  };
}

/** `key=value:Effect`. */
function taint(text: string): JsonObject {
  const [pair = "", effect = ""] = text.split(":");
  const [key = "", value = ""] = pair.split("=");
  return { key, effect, ...(value === "" ? {} : { value }) };
}
