import type { Expansion } from "../kinds/expansion.ts";
import type { Claim, NodeFacts } from "./claim.ts";
import { amount, isGpuResource, type Resources } from "./resources.ts";

/**
 * A driver takes some minutes to install and its plugin one more to tell of the GPUs; Karpenter itself waits for ever. The same
 * half hour after which its node repair gives up a node that is not Ready.
 */
export const GPU_PATIENCE_MS = 30 * 60_000;

/** The GPU resource without which a claim's node is of no use: what it was bought for, else what the owner's pods ask for. */
export function gpuWanted(claim: Pick<Claim, "gpuResource">, gpu: Expansion["gpu"]): string | undefined {
  return claim.gpuResource ?? gpu?.resource;
}

/** Whether the node offers any of the resource; none that is wanted is there. */
export function offersGpu({ allocatable }: Pick<NodeFacts, "allocatable">, resource: string | undefined): boolean {
  return resource === undefined || (amount(resource, allocatable[resource]) ?? 0) > 0;
}

/** A node that was usable and offers its GPUs no more: after a reboot without driver, or when the device plugin died. */
export function hasLostGpus(claim: Claim, node: NodeFacts | undefined, gpu: Expansion["gpu"]): boolean {
  if (node === undefined || !claim.ready || claim.deleting || !node.ready || node.deleting) return false;
  return !offersGpu(node, gpuWanted(claim, gpu));
}

// As NVIDIA's device plugin calls what it shares by time, or slices of it.
const SHARED = /^nvidia\.com\/.+\.shared$/;

/** Whether the node offers GPUs, whatever they are called: then its driver and its device plugin work. */
export function offersAnyGpu({ allocatable }: Pick<NodeFacts, "allocatable">): boolean {
  return Object.keys(allocatable).some(
    (name) => (isGpuResource(name) || SHARED.test(name)) && offersGpu({ allocatable }, name),
  );
}

/** Apart from the claim's own name, under which it is remembered since when it has been empty. */
export function lostGpusName({ name }: Pick<Claim, "name">): string {
  return `no-gpus/${name}`;
}

/** How many GPUs, and parts of them, are asked for: rdma and fuse devices say nothing of what a node costs. */
export function gpusOf(requests: Resources): number {
  let total = 0;
  for (const [name, value] of requests) if (isGpuResource(name)) total += value;
  return total;
}
