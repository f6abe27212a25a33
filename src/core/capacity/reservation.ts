/** What a node of this size offers to pods. */
export interface Allocatable {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
}

// Rates per core and per GiB, by upper bound, that AKS reserves for kubelet and system:
// learn.microsoft.com/azure/aks/node-resource-reservations (60, 100, 140, 180, 260, 420, 740 m for 1, 2, 4, 8, 16, 32, 64
// cores), and the memory of both its schemes: by bracket before 1.29, by pods since. The less a pod may count on, the better.
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
// Hard eviction threshold of memory.available that goes with the brackets, and the one since 1.29.
const EVICTION_MIB = 750;
const EVICTION_BY_PODS_MIB = 100;
// 20 MB a pod and 50 MB, for the 250 pods a node may be made for; a quarter of the memory at most.
const RESERVED_BY_PODS_MIB = ((20 * 250 + 50) * 1e6) / 2 ** 20;
// A VM sees less than its nominal memory; the default VM_MEMORY_OVERHEAD_PERCENT of the same provider.
const HYPERVISOR_SHARE = 0.075;

/** What is left of a size for pods after the reservations of an AKS node; EKS reserves less. */
export function allocatable(vcpus: number, memoryGiB: number): Allocatable {
  const shownMiB = memoryGiB * (1 - HYPERVISOR_SHARE) * 1024;
  const byBracket = bracketed(MEMORY_RATES, memoryGiB) * 1024 + EVICTION_MIB;
  const byPods = Math.min(RESERVED_BY_PODS_MIB, shownMiB / 4) + EVICTION_BY_PODS_MIB;
  return {
    cpuMilli: vcpus * 1000 - Math.round(bracketed(CPU_RATES, vcpus) * 1000),
    memoryMiB: Math.floor(shownMiB - Math.max(byBracket, byPods)),
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
