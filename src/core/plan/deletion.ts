import type { Action, Plan } from "../action.ts";
import { conditionAt, isTrue, nameOf, textAt } from "../capacity/fields.ts";
import { SHARE_LABEL } from "../capacity/owner.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { deletingStatus } from "../status/status.ts";
import { hasKaitoFinalizer, isOfPool } from "../take-over/kaito-made.ts";
import { poolRemoval } from "../take-over/roll-out.ts";
import type { World } from "../world.ts";
import { claimRemoval, removals, untilEmptyMs } from "./emptiness.ts";
import { awaitedPods, awaitedUntilMs } from "./ending-pods.ts";
import {
  isDeleting,
  kindOf,
  lateMs,
  nodeOfClaim,
  ownPods,
  ownWorkloads,
  PODS_PATIENCE_MS,
  target,
  usedNodes,
} from "./live.ts";
import { sameStatus } from "./tell.ts";

/** Written by us, and removed when nothing that costs money is left. */
export const FINALIZER = "foresail.dev/workspace";

// What KAITO made is not watched, only its pods are: whether it is gone is asked.
const KAITO_LOOK_MS = 5000;

export function hasFinalizer(workspace: Workspace): boolean {
  return workspace.metadata.finalizers?.includes(FINALIZER) ?? false;
}

/**
 * Workload, then pods, then claims and their nodes, then the finalizer; the other children go with their owner. A workload is
 * as long on its way out as its pods, so it is waited for as they are.
 */
export function planDeletion(world: World, workspace: Workspace): Plan {
  if (!hasFinalizer(workspace) && !hasKaitoFinalizer(workspace))
    return plan([], "Deleted", "somebody else's finalizer is waited for");
  const workloads = ownWorkloads(world);
  const pods = ownPods(world);
  const awaited = awaitedPods(world, pods);
  const unended = workloads.filter((one) => !isDeleting(one)).map(removal);
  const leftMs = PODS_PATIENCE_MS - lateMs(world, workspace as unknown as JsonObject);
  const ends = workloads.length > 0 && (pods.length === 0 || awaited.length > 0);
  if (unended.length > 0 || ((ends || awaited.length > 0) && leftMs > 0)) {
    const lookMs = world.kaitoNodes === undefined ? leftMs : KAITO_LOOK_MS;
    const again: Action = { kind: "requeue", afterMs: Math.min(leftMs, lookMs, ...awaitedUntilMs(world, awaited)) };
    const what = workloads.length > 0 ? names(workloads) : `${awaited.length} pods`;
    return waiting(world, workspace, leftMs > 0 ? [...unended, again] : unended, `waiting for ${what} to end`);
  }
  return planNodes(world, workspace) ?? plan([{ kind: "removeFinalizer" }], "Deleted", "nothing is left");
}

/** The nodes, ours and those that KAITO made; undefined when none is left. */
function planNodes(world: World, workspace: Workspace): Plan | undefined {
  const { claims: kaitoClaims, pools } = world.kaitoNodes ?? { claims: [], pools: [] };
  const claims = [...ownClaims(world), ...kaitoClaims];
  if (claims.length + pools.length === 0) return undefined;
  // A NodePool would make another node for a claim of its that is deleted; it takes its claims along.
  const removed = claims.filter((one) => !isDeleting(one) && !isOfPool(one, pools));
  const actions = [
    ...pools.filter((one) => !isDeleting(one)).map((one) => poolRemoval(one, [])),
    ...removed.map((one) => claimRemoval(one, "its Workspace is deleted")),
  ];
  const again: readonly Action[] = world.kaitoNodes === undefined ? [] : [{ kind: "requeue", afterMs: KAITO_LOOK_MS }];
  const message = `waiting for the nodes of ${names([...claims, ...pools])} to go${held(claims)}`;
  return waiting(world, workspace, [...actions, ...again], message);
}

/** Claims of a Workspace that does not exist any more, for example after its finalizer was removed by hand. */
export function planOrphans(world: World): Plan {
  const orphans = world.claims.filter((claim) => !isDeleting(claim) && (!isShared(claim) || world.sharers === 0));
  const dedicated = orphans.filter((claim) => !isShared(claim));
  // Whoever shared these may have moved on with a roll-out that is still under way.
  const used = usedNodes(world);
  const empty = orphans.filter((claim) => isShared(claim) && !used.has(nodeOfClaim(claim)));
  const actions = [
    ...dedicated.map((claim) => claimRemoval(claim, "its Workspace does not exist")),
    ...removals(world, empty),
    ...untilEmptyMs(world, empty).map((afterMs): Action => ({ kind: "requeue", afterMs })),
  ];
  return { ...plan(actions, "Deleted", `${orphans.length} claims are left`), emptyClaims: empty.map(nameOf) };
}

function isShared(claim: JsonObject): boolean {
  return textAt(claim, "metadata", "labels", SHARE_LABEL) !== undefined;
}

/**
 * Shared claims are left to the Workspaces that share them; the last one takes them along, but not from under the pod of one
 * that does not share any more and whose roll-out is under way: these go with the look at the nodes themselves.
 */
function ownClaims(world: World): readonly JsonObject[] {
  const used = usedNodes(world);
  return world.claims.filter((claim) => !isShared(claim) || (world.sharers === 0 && !used.has(nodeOfClaim(claim))));
}

function removal(object: JsonObject): Action {
  return { kind: "delete", target: target(object), propagation: "Foreground" };
}

function names(objects: readonly JsonObject[]): string {
  return objects.map((object) => `${kindOf(object)} ${nameOf(object)}`).join(", ");
}

const STEPS = ["Drained", "VolumesDetached", "InstanceTerminating"] as const;

/** What the first of these claims says holds it up: pods that no budget lets go, a cloud that refuses. */
function held(claims: readonly JsonObject[]): string {
  for (const claim of claims) {
    for (const step of STEPS) {
      const condition = conditionAt(claim, step);
      if (condition === undefined || isTrue(condition)) continue;
      return `; ${nameOf(claim)}: ${textAt(condition, "reason")}: ${textAt(condition, "message")}`;
    }
  }
  return "";
}

function waiting(world: World, workspace: Workspace, actions: readonly Action[], message: string): Plan {
  const status = deletingStatus({ workspace, nowMs: world.nowMs }, message);
  const told: readonly Action[] = sameStatus(status, workspace.status) ? [] : [{ kind: "applyStatus", status }];
  return plan([...actions, ...told], "Deleting", message);
}

function plan(actions: readonly Action[], reason: string, message: string): Plan {
  return { actions, reasons: [{ reason, message }], emptyClaims: [] };
}
