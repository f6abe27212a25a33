import { allocatable } from "../core/capacity/reservation.ts";
import type { JsonObject } from "../core/json.ts";

/** Size of a node that the simulation can make. */
export interface SimulatedInstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  /** Default `nvidia.com/gpu`. */
  readonly gpuResource?: string;
  readonly hourlyPriceUsd: number;
  readonly zones: readonly string[];
  readonly capacityTypes: readonly ("on-demand" | "spot" | "reserved")[];
  /** Settings every node of this type gets; the stage files in test/tools/stages say what they do. */
  readonly faults?: NodeFaults;
}

/** Durations are written as Go does: `5s`, `1m30s`. */
export interface NodeFaults {
  /** How long after the node is Ready its GPUs appear in allocatable. */
  readonly gpuDelay?: string;
  /** How long after its creation the node becomes Ready. */
  readonly readyDelay?: string;
  /** `never`: the node object is refused, so the claim stays launched and unregistered. */
  readonly registration?: "never";
}

/** Prefix of every label and annotation that steers the simulation. */
export const SIMULATION = "sim.foresail.dev";

// What Karpenter's kwok provider takes off on its own (kwok/cloudprovider/helpers.go of v1.13.0).
const PROVIDER_CPU_MILLI = 100;
const PROVIDER_MEMORY_MIB = 10;
// Most pods of a node in AKS with kubenet; other network plugins allow more, model servers never come near.
const PODS = "110";

// Default OS disk of an AKS node by vCPUs (learn.microsoft.com/azure/aks/concepts-storage, "OS disk sizing").
const OS_DISK_GB = [
  [7, 128],
  [15, 256],
  [63, 512],
  [Number.POSITIVE_INFINITY, 1024],
] as const;
// The kubelet evicts pods when less than 10 % of the disk is free.
const DISK_SHARE = 0.9;

/** Ephemeral storage that pods have on the default OS disk of an AKS node. */
export function ephemeralStorage(vcpus: number): string {
  const gb = OS_DISK_GB.find(([upper]) => vcpus <= upper)?.[1] ?? 128;
  return `${Math.floor(gb * DISK_SHARE)}G`;
}

/** The file that Karpenter's kwok provider reads: sizes so that allocatable is right, nominal values as node labels. */
export function karpenterInstanceTypes(types: readonly SimulatedInstanceType[]): readonly JsonObject[] {
  return types.map((type) => {
    const left = allocatable(type.vcpus, type.memoryGiB);
    const resource = type.gpuResource ?? "nvidia.com/gpu";
    return {
      name: type.name,
      architecture: "amd64",
      operatingSystems: ["linux"],
      resources: {
        cpu: `${left.cpuMilli + PROVIDER_CPU_MILLI}m`,
        memory: `${left.memoryMiB + PROVIDER_MEMORY_MIB}Mi`,
        pods: PODS,
        "ephemeral-storage": ephemeralStorage(type.vcpus),
        ...(type.gpus > 0 ? { [resource]: String(type.gpus) } : {}),
      },
      offerings: offerings(type, nodeLabels(type, resource)),
    };
  });
}

// A requirement with one value becomes a label of the node; that is how nominal sizes and faults reach the stages.
function offerings(type: SimulatedInstanceType, labels: Readonly<Record<string, string>>): readonly JsonObject[] {
  const fixed = Object.entries(labels).map(([key, value]) => requirement(key, value));
  return type.zones.flatMap((zone) =>
    type.capacityTypes.map((capacityType) => ({
      Price: type.hourlyPriceUsd,
      Available: true,
      Requirements: [
        requirement("karpenter.sh/capacity-type", capacityType),
        requirement("topology.kubernetes.io/zone", zone),
        ...fixed,
      ],
    })),
  );
}

function requirement(key: string, value: string): JsonObject {
  return { key, operator: "In", values: [value] };
}

function nodeLabels(type: SimulatedInstanceType, resource: string): Readonly<Record<string, string>> {
  const faults = type.faults ?? {};
  return {
    [`${SIMULATION}/vcpus`]: String(type.vcpus),
    [`${SIMULATION}/memory-mib`]: String(Math.round(type.memoryGiB * 1024)),
    [`${SIMULATION}/gpus`]: String(type.gpus),
    // A label value holds no slash; the stage puts it back.
    [`${SIMULATION}/gpu-resource`]: resource.replace("/", "_"),
    ...(faults.gpuDelay === undefined ? {} : { [`${SIMULATION}/gpu-delay`]: faults.gpuDelay }),
    ...(faults.readyDelay === undefined ? {} : { [`${SIMULATION}/ready-delay`]: faults.readyDelay }),
    ...(faults.registration === undefined ? {} : { [`${SIMULATION}/registration`]: faults.registration }),
  };
}

const FAULTY = {
  vcpus: 8,
  memoryGiB: 64,
  gpus: 1,
  hourlyPriceUsd: 1,
  zones: ["sim-1"],
  capacityTypes: ["on-demand"],
} as const;

/** Sizes that misbehave, for tests that write claims by hand. */
export const FAULTY_INSTANCE_TYPES: readonly SimulatedInstanceType[] = [
  { ...FAULTY, name: "Sim_GPU_Late", faults: { gpuDelay: "4s" } },
  { ...FAULTY, name: "Sim_GPU_Never", faults: { gpuDelay: "never" } },
  { ...FAULTY, name: "Sim_Ready_Late", faults: { readyDelay: "4s" } },
  { ...FAULTY, name: "Sim_Ready_Never", faults: { readyDelay: "never" } },
  { ...FAULTY, name: "Sim_Registers_Never", faults: { registration: "never" } },
];
