import { CAPACITY_TYPE_LABEL, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../capacity/claim.ts";
import { objectAt, textAt } from "../capacity/fields.ts";
import { quantity, type Resources } from "../capacity/resources.ts";
import { type JsonObject, sameJson } from "../json.ts";
import type { Statement } from "../status/conditions.ts";
import type { MachineAction } from "./action.ts";
import { type ClaimFacts, isOwn } from "./claim-facts.ts";
import { conditions } from "./conditions.ts";
import type { Machine } from "./machine.ts";
import { gpuResource, offered } from "./machine-spec.ts";
import { providerIdOf } from "./node-facts.ts";
import type { MachineWorld } from "./world.ts";

/** Writes the status where it says something new. */
export function statusActions(
  world: MachineWorld,
  statements: readonly Statement[],
  fields: JsonObject = {},
  cleared: readonly string[] = [],
): readonly MachineAction[] {
  const before = objectAt(world.claim, "status");
  const status = { ...before, ...fields, conditions: conditions(world.claim, statements, cleared, world.nowMs) };
  return sameJson(status, before) ? [] : [{ kind: "writeStatus", status }];
}

/** What is known of the machine and its node, for `status`; the join with the node is the node's exact text. */
export function observed(world: MachineWorld, claim: ClaimFacts, node: JsonObject | undefined): JsonObject {
  const machine = ownMachine(world, claim);
  const before = objectAt(world.claim, "status");
  const size = machine === undefined ? undefined : world.sizes[machine.instanceType];
  const estimated = size === undefined || before["capacity"] !== undefined ? {} : estimates(world, claim, machine);
  const image = machine?.imageVersion;
  return {
    ...estimated,
    ...(image === undefined ? {} : { imageID: image }),
    ...(node === undefined ? {} : { providerID: providerIdOf(node), nodeName: textAt(node, "metadata", "name") }),
  };
}

/** Until the node is there, its GPUs count by these. */
function estimates(world: MachineWorld, claim: ClaimFacts, machine: Machine | undefined): JsonObject {
  const size = world.sizes[machine?.instanceType ?? ""];
  if (size === undefined) return {};
  const allocatable = offered(size, claim);
  const gpu = gpuResource(size, claim);
  const slices = gpu === undefined || allocatable.has(gpu) ? {} : { [gpu]: claim.requests[gpu] };
  const capacity = new Map([...allocatable, ["cpu", size.vcpus * 1000], ["memory", size.memoryGiB * 2 ** 30]] as const);
  return {
    capacity: { ...quantities(capacity), ...slices },
    allocatable: { ...quantities(allocatable), ...slices },
  };
}

function quantities(resources: Resources): JsonObject {
  return Object.fromEntries([...resources].map(([name, value]) => [name, quantity(name, value)]));
}

/** Labels that tell what came: a claim's own words are never changed. */
export function labelActions(
  world: MachineWorld,
  claim: ClaimFacts,
  node: JsonObject | undefined,
): readonly MachineAction[] {
  const machine = ownMachine(world, claim);
  if (machine === undefined) return [];
  const zone = textAt(node, "metadata", "labels", ZONE_LABEL) ?? machine.zone;
  const known = [
    [INSTANCE_TYPE_LABEL, machine.instanceType],
    [CAPACITY_TYPE_LABEL, machine.capacityType],
    [ZONE_LABEL, zone],
  ] as const;
  const labels = known.filter(([key, value]) => value !== undefined && value !== "" && !claim.labels.has(key));
  return labels.length === 0
    ? []
    : [{ kind: "patchClaim", patch: { metadata: { labels: Object.fromEntries(labels) } } }];
}

function ownMachine({ sighting, cluster }: MachineWorld, claim: ClaimFacts): Machine | undefined {
  return sighting.kind === "seen" && isOwn(sighting.machine, cluster, claim) ? sighting.machine : undefined;
}
