import type { Resources } from "./resources.ts";

/**
 * Whether a resource is GPUs, of any vendor, or parts of them: `nvidia.com/gpu`, `amd.com/gpu`, `nvidia.com/gpu.shared` where
 * the device plugin renames what it shares, slices (`nvidia.com/mig-1g.10gb`). Other extended resources (`rdma/ib`,
 * `github.com/fuse`) are devices that say nothing of what a node costs.
 */
export function isGpuResource(name: string): boolean {
  return name.endsWith("/gpu") || name.endsWith("/gpu.shared") || name.startsWith("nvidia.com/mig-");
}

/** How many GPUs, and parts of them, are asked for. */
export function gpusOf(requests: Resources): number {
  let total = 0;
  for (const [name, value] of requests) if (isGpuResource(name)) total += value;
  return total;
}
