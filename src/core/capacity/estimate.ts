import type { InstanceType } from "../catalogue.ts";
import type { Resources } from "./resources.ts";

// Reservations of kubelet and system by size, each as [upper bound, share of what lies below it]. Cpu:
// learn.microsoft.com/azure/aks/node-resource-reservations; memory: the stricter of AKS's two schemes.
const CPU_SHARES = [
  [1, 0.06],
  [2, 0.04],
  [4, 0.02],
  [Number.POSITIVE_INFINITY, 0.01],
] as const;
const MEMORY_SHARES = [
  [4, 0.25],
  [8, 0.2],
  [16, 0.1],
  [128, 0.06],
  [Number.POSITIVE_INFINITY, 0.02],
] as const;
// The kubelet's hard eviction threshold in AKS.
const EVICTION_GIB = 0.75;
// A virtual machine sees less than its nominal memory: Karpenter's VM_MEMORY_OVERHEAD_PERCENT.
const HYPERVISOR_SHARE = 0.075;

/** Resources an estimate speaks of; the rest (disk, number of pods) is judged when the node is there. */
export function estimatedNames(gpuResource: string): ReadonlySet<string> {
  return new Set(["cpu", "memory", gpuResource]);
}

/** What a new node of this size will offer pods. Low rather than high: a pod that does not fit costs a node for nothing. */
export function estimate(type: InstanceType, gpuResource: string): Resources {
  const memoryGiB = type.memoryGiB * (1 - HYPERVISOR_SHARE) - reserved(MEMORY_SHARES, type.memoryGiB) - EVICTION_GIB;
  return new Map([
    ["cpu", Math.floor(1000 * (type.vcpus - reserved(CPU_SHARES, type.vcpus)))],
    ["memory", Math.floor(memoryGiB * 2 ** 30)],
    [gpuResource, type.gpuCount],
  ]);
}

function reserved(shares: readonly (readonly [number, number])[], amount: number): number {
  let lower = 0;
  let total = 0;
  for (const [upper, share] of shares) {
    total += Math.max(0, Math.min(upper, amount) - lower) * share;
    lower = upper;
  }
  return total;
}
