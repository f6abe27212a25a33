import type { InstanceType } from "../catalogue.ts";
import { allocatable } from "./reservation.ts";
import type { Resources } from "./resources.ts";

/** Resources an estimate speaks of; the rest (disk, number of pods) is judged when the node is there. */
export function estimatedNames(gpuResource: string): ReadonlySet<string> {
  return new Set(["cpu", "memory", gpuResource]);
}

/** What a new node of this size will offer pods. Low rather than high: a pod that does not fit costs a node for nothing. */
export function estimate(type: Pick<InstanceType, "vcpus" | "memoryGiB" | "gpuCount">, gpuResource: string): Resources {
  const { cpuMilli, memoryMiB } = allocatable(type.vcpus, type.memoryGiB);
  return new Map([
    ["cpu", cpuMilli],
    ["memory", memoryMiB * 2 ** 20],
    [gpuResource, type.gpuCount],
  ]);
}
