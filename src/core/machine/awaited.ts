import { amount } from "../capacity/resources.ts";
import type { ClaimFacts } from "./claim-facts.ts";
import { gpuResource } from "./machine-spec.ts";
import type { MachineWorld } from "./world.ts";

/**
 * Resources the node must have: all that are requested, and the GPUs of its size in any case, or pods would be sent to a node
 * whose drivers are not there yet. No node ever reports `storage`, which claims of KAITO's sort request.
 */
export function awaitedResources(world: MachineWorld, claim: ClaimFacts): readonly string[] {
  const requested = Object.entries(claim.requests)
    .filter(([name, value]) => name !== "storage" && (amount(name, value) ?? 0) > 0)
    .map(([name]) => name);
  const type = claim.labels.get("node.kubernetes.io/instance-type") ?? machineType(world);
  const gpu = gpuResource(type === undefined ? undefined : world.sizes[type], claim);
  return gpu === undefined || requested.includes(gpu) ? requested : [...requested, gpu];
}

function machineType({ sighting }: MachineWorld): string | undefined {
  return sighting.kind === "seen" ? sighting.machine.instanceType : undefined;
}
