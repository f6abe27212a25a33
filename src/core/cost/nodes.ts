import { findInstanceType, type Release } from "../catalogue.ts";
import type { Expansion } from "../kinds/workspace.ts";

/** How many nodes all replicas take. */
export interface NodeCount {
  readonly count: number;
  /** Whether it may be fewer: nodes that are shared with other Workspaces are counted for each. */
  readonly isMost: boolean;
}

/** Nodes of all replicas; pods that take a part of a node stand beside each other on it where nodes are shared. */
export function nodesOf(
  { nodeCount, nodes, gpu, instanceType, preset }: Expansion,
  replicas: number,
  release: Release,
): NodeCount {
  const whole = { count: nodeCount * replicas, isMost: false };
  const type = findInstanceType(release, instanceType ?? "");
  const isPart = type !== undefined && gpu !== undefined && gpu.perNode > 0 && gpu.perNode < type.gpuCount;
  if (nodes.placement === "dedicated" || !isPart || nodeCount > 1) return whole;
  // The requests of a template of one's own may leave no room for a second pod, whatever its GPUs.
  if (preset === undefined) return { ...whole, isMost: true };
  return { count: Math.ceil(replicas / Math.floor(type.gpuCount / gpu.perNode)), isMost: true };
}
