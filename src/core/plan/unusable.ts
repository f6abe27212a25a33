import { wayAsked } from "../capacity/attempts.ts";
import { claimOf, INSTANCE_TYPE_LABEL, nodeFacts } from "../capacity/claim.ts";
import { conditionAt, nameOf, timeAt } from "../capacity/fields.ts";
import { GPU_PATIENCE_MS, gpuWanted, hasLostGpus, lostGpusName, offersAnyGpu } from "../capacity/gpus.ts";
import type { JsonObject } from "../json.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { isServed } from "../machine/claim-facts.ts";
import type { World } from "../world.ts";
import { isKept } from "./disruption.ts";
import { isDeleting, nodeOfClaim, usedNodes } from "./live.ts";

// As for every refusal without a time of its own.
const PAUSE_MS = 10 * 60_000;

/** A claim whose node joined but never got usable, or lost its GPUs. */
export interface Unusable {
  readonly claim: JsonObject;
  readonly attempt: Attempt;
}

/** Such a claim, and since when that is so. */
interface Wait {
  readonly raw: JsonObject;
  readonly name: string;
  readonly sinceMs: number;
  readonly lacks?: string;
}

/**
 * Claims that registered half an hour ago and are not Initialized to this day, or whose node has offered none of its GPUs for as
 * long, and that run nothing. Of those we serve ourselves the life of the machine decides, which knows how many nodes of the
 * fleet are out of order; its deletions are read as failures.
 */
export function unusable(world: World): readonly Unusable[] {
  const used = usedNodes(world);
  return waits(world)
    .filter(({ raw, sinceMs }) => world.nowMs - sinceMs >= GPU_PATIENCE_MS && !used.has(nodeOfClaim(raw)))
    .filter((wait) => wait.lacks === undefined || isReplaced(world, wait))
    .map(({ raw, lacks }) => ({ claim: raw, attempt: attemptOf(world, raw, lacks) }));
}

/** When each of the others will have been waited for long enough. */
export function untilUnusableMs(world: World): readonly number[] {
  return waits(world)
    .map(({ sinceMs }) => GPU_PATIENCE_MS - (world.nowMs - sinceMs))
    .filter((ms) => ms > 0);
}

/** Claims that are waited for at this look, by the name under which it is remembered since when. */
export function unready(world: World): readonly string[] {
  return waits(world).map(({ name }) => name);
}

/** Another would call its GPUs by the same names; and who keeps a node that was usable once wants to look at it. */
function isReplaced(world: World, { raw }: Wait): boolean {
  const node = world.nodes.find((one) => nameOf(one) === nodeOfClaim(raw));
  return !isServed(raw) && !isKept(world, raw) && node !== undefined && !offersAnyGpu(nodeFacts(node));
}

function waits(world: World): readonly Wait[] {
  return world.claims
    .filter((raw) => !isDeleting(raw))
    .flatMap((raw) => waitOf(world, raw) ?? lossOf(world, raw) ?? []);
}

/**
 * From the later of two times: the date of the claim, which survives this process, and what was seen, which no clock that is
 * set moves. Else a step of an hour would end every node that is just being prepared.
 */
function waitOf({ nowMs, unreadySinceMs }: World, raw: JsonObject): Wait | undefined {
  const claim = claimOf(raw);
  if (isServed(raw) || claim.ready || !claim.registered) return undefined;
  const datedMs = timeAt(conditionAt(raw, "Registered"), "lastTransitionTime");
  if (datedMs === undefined) return undefined;
  const name = `unready/${claim.name}`;
  return {
    raw,
    name,
    sinceMs: unreadySinceMs === undefined ? datedMs : Math.max(datedMs, unreadySinceMs[name] ?? nowMs),
  };
}

/** Nothing dates the loss: it counts from where it was seen first, by a new leader again. */
function lossOf(world: World, raw: JsonObject): Wait | undefined {
  const { nodes, workspace, nowMs, unreadySinceMs = {} } = world;
  const claim = claimOf(raw);
  const node = nodes.find((one) => nameOf(one) === claim.nodeName);
  const gpu = workspace?.expansion?.gpu;
  if (node === undefined || !hasLostGpus(claim, nodeFacts(node), gpu)) return undefined;
  const name = lostGpusName(claim);
  return { raw, name, sinceMs: unreadySinceMs[name] ?? nowMs, lacks: gpuWanted(claim, gpu) ?? "" };
}

function attemptOf(world: World, raw: JsonObject, lacks: string | undefined): Attempt {
  const { labels, obstacle } = claimOf(raw);
  const why = obstacle === undefined ? "not Ready" : `${obstacle.type}: ${obstacle.reason}: ${obstacle.message}`;
  const minutes = `${GPU_PATIENCE_MS / 60_000} minutes`;
  const what =
    lacks === undefined ? `was not usable after ${minutes}: ${why}` : `has offered no ${lacks} for ${minutes}`;
  return {
    instanceType: labels.get(INSTANCE_TYPE_LABEL) ?? "",
    ...wayAsked(raw),
    reason: "GpuNotReady",
    message: `node ${nodeOfClaim(raw) ?? ""} of NodeClaim ${nameOf(raw)} ${what}`,
    until: new Date(world.nowMs + PAUSE_MS).toISOString(),
  };
}
