import type { JsonObject } from "../json.ts";
import { isBare } from "./bare.ts";
import type { ClaimFacts } from "./claim-facts.ts";
import { minutes } from "./launch.ts";
import { isNodeReady } from "./node-facts.ts";
import { both, type Ending, IDLE, type Stage } from "./stage.ts";
import type { Fleet, MachineWorld } from "./world.ts";

/** Of all nodes that may be out of order, or on their way out, at once: beyond it the fault lies elsewhere. */
const BREAKER_SHARE = 0.2;

/** How many that is: Karpenter rounds up, so that one node can always be replaced. */
export function mostAtOnce({ nodes }: Pick<Fleet, "nodes">): number {
  return Math.max(1, Math.ceil(nodes * BREAKER_SHARE));
}

// What the cloud says of a node that is out of order is asked again and again: its machine may be gone.
const POLL_MS = 15_000;
// An upgrade takes a node away for a while and brings another.
const BUSY_PATIENCE = 3;

/** Replaces nodes that do not come up or broke, unless many do at once. */
export function health(world: MachineWorld, claim: ClaimFacts, node: JsonObject | undefined): Stage {
  const { limits, heldMs, sighting } = world;
  // A stopped cluster has no node that is Ready and none that is broken.
  if (!claim.registered || isStopped(world)) return IDLE;
  const broken = node === undefined || !isNodeReady(node);
  const stage: Stage = broken ? { ...IDLE, holds: ["unhealthy"] } : IDLE;
  // Whether it is stopped cannot be told now.
  if (sighting.kind === "unknown") return stage;
  const patienceMs = node === undefined ? limits.vanishedMs : limits.repairMs;
  const repairMs = isBusy(world) ? limits.repairMs * BUSY_PATIENCE : patienceMs;
  const brokenMs = heldMs.unhealthy ?? 0;
  if (broken && brokenMs >= repairMs) {
    return both(stage, repair(world, `its node has not been Ready for ${minutes(repairMs)}`));
  }
  if (!claim.initialized && (heldMs.initializing ?? 0) >= limits.initializationMs) {
    return both(
      stage,
      repair(world, `its node could not be used ${minutes(limits.initializationMs)} after it registered`),
    );
  }
  if (broken) return { ...stage, againMs: Math.min(POLL_MS, repairMs - brokenMs) };
  return isBare(world, claim, node) ? bareNode(world) : stage;
}

function bareNode(world: MachineWorld): Stage {
  const patienceMs = world.limits.bareMs * (isBusy(world) ? BUSY_PATIENCE : 1);
  const stage: Stage = { ...IDLE, holds: ["bare"] };
  const leftMs = patienceMs - (world.heldMs.bare ?? 0);
  if (leftMs > 0) return { ...stage, againMs: Math.min(POLL_MS, leftMs) };
  return both(stage, repair(world, `its node has offered no GPU for ${minutes(patienceMs)}, and nothing runs there`));
}

function repair({ fleet }: MachineWorld, why: string): Stage {
  if (fleet.unhealthy <= mostAtOnce(fleet)) {
    const ends: Ending = { reason: "NodeRepair", message: why, atOnce: true };
    return { ...IDLE, ends };
  }
  const note = `${why}; it is not replaced, because ${fleet.unhealthy} of ${fleet.nodes} nodes are out of order`;
  return { ...IDLE, actions: [{ kind: "event", type: "Warning", reason: "NodeRepairBlocked", note }], againMs: 60_000 };
}

export function isStopped({ sighting }: Pick<MachineWorld, "sighting">): boolean {
  return sighting.kind === "seen" && sighting.machine.state === "stopped";
}

/** The pool is being changed: made, started, upgraded. */
export function isBusy({ sighting }: Pick<MachineWorld, "sighting">): boolean {
  return sighting.kind === "seen" && sighting.machine.state === "creating";
}

/** Only the API server's date tells the age of a claim, so nothing expires while the clock is in doubt, and never all at once. */
export function expiry(world: MachineWorld, claim: ClaimFacts): Stage {
  if (claim.expireAfterMs === undefined) return IDLE;
  const leftMs = claim.createdMs + claim.expireAfterMs - world.nowMs;
  if (leftMs > 0) return { ...IDLE, againMs: leftMs };
  if (!world.clockSteady || isStopped(world) || world.fleet.ending >= mostAtOnce(world.fleet)) {
    return { ...IDLE, againMs: 60_000 };
  }
  return { ...IDLE, ends: { reason: "Expired", message: "the time of spec.expireAfter is over" } };
}
