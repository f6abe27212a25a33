import { allocatable } from "../capacity/reservation.ts";
import type { InstanceType } from "../catalogue.ts";
import type { ChosenHardware } from "./hardware.ts";

// The rest is for kubelet, system, daemonsets and page cache (design 4.2); the upper bound, see ADR 10.
const SHARE_OF_NODE_PERCENT = 70;
// What is left of a node after its reservations must also hold the daemonsets of a usual cluster (CNI, CSI, GPU, logs,
// metrics) and a sidecar of the pod's own.
const DAEMONSETS = { cpuMilli: 1000, memoryMiB: 2048 };
const SIDECAR = { cpuMilli: 100, memoryMiB: 256 };
// Where the catalogue does not know the node (design 4.2).
const UNKNOWN_CPUS = 2;
const UNKNOWN_MEMORY_PER_WEIGHT = 1.2;
const UNKNOWN_MEMORY_GIB = 8;

export interface Requests {
  readonly cpus: number;
  readonly memoryGiB: number;
}

/**
 * CPU and memory of the model container: at most 0.7 of the smallest node it may land on, and no more than the node
 * has left beside reservations and daemonsets. A pod that uses part of a node's GPUs asks for that part only.
 */
export function nodeShare(hardware: ChosenHardware, weightsGiB: number): Requests {
  const types = [...(hardware.type === undefined ? [] : [hardware.type]), ...hardware.fallbacks];
  if (types.length === 0) {
    return { cpus: UNKNOWN_CPUS, memoryGiB: Math.ceil(UNKNOWN_MEMORY_PER_WEIGHT * weightsGiB + UNKNOWN_MEMORY_GIB) };
  }
  const rooms = types.map(room);
  const part = (whole: number): number => Math.max(1, Math.floor(whole * (hardware.partOfNode ?? 1)));
  return {
    cpus: part(Math.min(...rooms.map(({ cpus }) => cpus))),
    memoryGiB: part(Math.min(...rooms.map(({ memoryGiB }) => memoryGiB))),
  };
}

/** Whole cores and GiB of a node of this size that the model container may ask for. */
function room({ vcpus, memoryGiB }: InstanceType): Requests {
  const { cpuMilli, memoryMiB } = allocatable(vcpus, memoryGiB);
  const freeCpus = (cpuMilli - DAEMONSETS.cpuMilli - SIDECAR.cpuMilli) / 1000;
  const freeGiB = (memoryMiB - DAEMONSETS.memoryMiB - SIDECAR.memoryMiB) / 1024;
  // Percent first: in binary fractions 0.7 × 90 is 62.99….
  const shareOf = (whole: number): number => (SHARE_OF_NODE_PERCENT * whole) / 100;
  return {
    cpus: Math.floor(Math.min(shareOf(vcpus), freeCpus)),
    memoryGiB: Math.floor(Math.min(shareOf(memoryGiB), freeGiB)),
  };
}
