import { CAPACITY_TYPE_LABEL, claimOf, INSTANCE_TYPE_LABEL, ZONE_LABEL } from "../capacity/claim.ts";
import { conditionAt, nameOf, timeAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { isServed } from "../machine/claim-facts.ts";
import type { World } from "../world.ts";
import { isDeleting, nodeOfClaim, usedNodes } from "./live.ts";

// A driver takes some minutes to install and its plugin one more to tell of the GPUs; Karpenter itself waits for ever. The
// same half hour after which its node repair gives up a node that is not Ready.
const GPU_PATIENCE_MS = 30 * 60_000;
// As for every refusal without a time of its own.
const PAUSE_MS = 10 * 60_000;

/** A claim whose node joined but never got usable. */
export interface Unusable {
  readonly claim: JsonObject;
  readonly attempt: Attempt;
}

/**
 * Claims that registered half an hour ago, are not Initialized to this day, and run nothing. Of those we serve ourselves the
 * life of the machine decides, which knows how many nodes of the fleet are out of order; its deletions are read as failures.
 */
export function unusable(world: World): readonly Unusable[] {
  const used = usedNodes(world);
  return world.claims.flatMap((raw) => {
    const sinceMs = waitsSinceMs(world, raw);
    if (sinceMs === undefined || world.nowMs - sinceMs < GPU_PATIENCE_MS || used.has(nodeOfClaim(raw))) return [];
    return [{ claim: raw, attempt: attemptOf(world, raw) }];
  });
}

/** When each of the others will have been waited for long enough. */
export function untilUnusableMs(world: World): readonly number[] {
  return world.claims
    .map((raw) => waitsSinceMs(world, raw))
    .filter((since) => since !== undefined)
    .map((since) => GPU_PATIENCE_MS - (world.nowMs - since))
    .filter((ms) => ms > 0);
}

/** Claims that are waited for at this look, by the name under which it is remembered since when. */
export function unready(world: World): readonly string[] {
  return world.claims.filter((raw) => registeredMs(raw) !== undefined).map(unreadyName);
}

/** Apart from the claim's own name, under which it is remembered since when it has been empty. */
function unreadyName(raw: JsonObject): string {
  return `unready/${nameOf(raw)}`;
}

/**
 * The later of two times: the date of the claim, which survives this process, and what was seen, which no clock that is set
 * moves. Else a step of an hour would end every node that is just being prepared.
 */
function waitsSinceMs({ nowMs, unreadySinceMs }: World, raw: JsonObject): number | undefined {
  const datedMs = registeredMs(raw);
  if (datedMs === undefined || unreadySinceMs === undefined) return datedMs;
  return Math.max(datedMs, unreadySinceMs[unreadyName(raw)] ?? nowMs);
}

function registeredMs(raw: JsonObject): number | undefined {
  const claim = claimOf(raw);
  if (isServed(raw) || isDeleting(raw) || claim.ready || !claim.registered) return undefined;
  return timeAt(conditionAt(raw, "Registered"), "lastTransitionTime");
}

function attemptOf(world: World, raw: JsonObject): Attempt {
  const { labels, obstacle } = claimOf(raw);
  const zone = labels.get(ZONE_LABEL);
  const capacityType = labels.get(CAPACITY_TYPE_LABEL);
  const why = obstacle === undefined ? "not Ready" : `${obstacle.type}: ${obstacle.reason}: ${obstacle.message}`;
  return {
    instanceType: labels.get(INSTANCE_TYPE_LABEL) ?? "",
    ...(zone === undefined ? {} : { zone }),
    ...(capacityType === undefined ? {} : { capacityType }),
    reason: "GpuNotReady",
    message: `node ${nodeOfClaim(raw) ?? ""} of NodeClaim ${nameOf(raw)} was not usable after ${GPU_PATIENCE_MS / 60_000} minutes: ${why}`,
    until: new Date(world.nowMs + PAUSE_MS).toISOString(),
  };
}
