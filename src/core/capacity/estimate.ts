import type { InstanceType } from "../catalogue.ts";
import { allocatable } from "./reservation.ts";
import { isGpuResource, type ResourceNames, type Resources } from "./resources.ts";

const ESTIMATED = new Set(["cpu", "memory"]);

/** Resources an estimate speaks of, GPUs of every name among them; the rest (disk, number of pods) is judged when the node is there. */
export const estimatedNames: ResourceNames = { has: (name) => ESTIMATED.has(name) || isGpuResource(name) };

/**
 * What the GPUs of a size are called.
 * @param wanted the GPUs the node is for: the parts that they are cut into, where it names such
 */
export function gpuNameOf(type: Pick<InstanceType, "gpuVendor">, wanted: string | undefined): string {
  const isCut = wanted !== undefined && !wanted.endsWith(".com/gpu");
  return isCut ? wanted : `${type.gpuVendor}.com/gpu`;
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
