import { objectAt } from "../capacity/fields.ts";
import { isDaemon, isOver } from "../capacity/pod.ts";
import { amount } from "../capacity/resources.ts";
import type { JsonObject } from "../json.ts";
import { awaitedResources } from "./awaited.ts";
import type { ClaimFacts } from "./claim-facts.ts";
import type { MachineWorld } from "./world.ts";

/** `nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`, `nvidia.com/gpu.shared`, `amd.com/gpu`. */
const GPU = /^(nvidia|amd)\.com\//;

/**
 * Whether a node that was usable offers no GPU any more, by whatever name: its device plugin is gone, or the GPU is. While
 * a pod runs there the node is in use: what a container was given it keeps.
 */
export function isBare(world: MachineWorld, claim: ClaimFacts, node: JsonObject): boolean {
  if (!claim.initialized || !awaitedResources(world, claim).some((name) => GPU.test(name))) return false;
  const offered = Object.entries(objectAt(node, "status", "allocatable"));
  if (offered.some(([name, value]) => GPU.test(name) && (amount(name, value) ?? 0) > 0)) return false;
  return world.pods.every((pod) => isDaemon(pod) || isOver(pod));
}
