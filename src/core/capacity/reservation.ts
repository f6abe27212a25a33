/** What a node of this size offers to pods. */
export interface Allocatable {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
}

// Rates per core and per GiB, by upper bound, that AKS reserves for kubelet and system:
// learn.microsoft.com/azure/aks/node-resource-reservations (60, 100, 140, 180, 260, 420, 740 m for 1, 2, 4, 8, 16, 32, 64
// cores), and Azure/karpenter-provider-azure pkg/providers/instancetype for memory, the stricter of AKS's two schemes.
const CPU_RATES = [
  [1, 0.06],
  [2, 0.04],
  [4, 0.02],
  [Number.POSITIVE_INFINITY, 0.01],
] as const;
const MEMORY_RATES = [
  [4, 0.25],
  [8, 0.2],
  [16, 0.1],
  [128, 0.06],
  [Number.POSITIVE_INFINITY, 0.02],
] as const;
// memory.available hard eviction threshold of the same source.
const EVICTION_MIB = 750;
// A VM sees less than its nominal memory; the default VM_MEMORY_OVERHEAD_PERCENT of the same provider.
const HYPERVISOR_SHARE = 0.075;

/** What is left of a size for pods after the reservations of an AKS node. */
export function allocatable(vcpus: number, memoryGiB: number): Allocatable {
  const reservedGiB = bracketed(MEMORY_RATES, memoryGiB) + memoryGiB * HYPERVISOR_SHARE;
  return {
    cpuMilli: vcpus * 1000 - Math.round(bracketed(CPU_RATES, vcpus) * 1000),
    memoryMiB: Math.floor((memoryGiB - reservedGiB) * 1024) - EVICTION_MIB,
  };
}

function bracketed(rates: readonly (readonly [number, number])[], amount: number): number {
  let sum = 0;
  let lower = 0;
  for (const [upper, rate] of rates) {
    if (amount > lower) sum += (Math.min(upper, amount) - lower) * rate;
    lower = upper;
  }
  return sum;
}
