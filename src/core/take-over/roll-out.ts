import type { Action } from "../action.ts";
import { nameOf, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import { ifUnused } from "../plan/emptiness.ts";
import { isDeleting, kindOf, liveOf, nodeOfClaim, target, usedNodes } from "../plan/live.ts";
import type { Situation } from "../status/situation.ts";
import { isRolledOut } from "../status/workload.ts";
import type { World } from "../world.ts";
import { hasKaitoFinalizer, isKaitoMade, isOfPool, KAITO_FINALIZER, kaitoWorkloads } from "./kaito-made.ts";

// What KAITO made is not watched, only its pods are: whether it is gone, or whoever else uses its nodes, is asked.
const LOOK_WHILE_GOING_MS = 5000;
const LOOK_WHILE_USED_MS = 60_000;

/**
 * KAITO's StatefulSet and our Deployment have the same name and do not stand in each other's way: the old one serves until
 * the new one does. Where names allow only one of them, or `recreate` is stated, the old one goes first, when the nodes of the
 * new one are there.
 */
export function staysBeside(world: World, expansion: Expansion): boolean {
  const { kind, rollout } = expansion.workload;
  return kind === "Deployment" && rollout !== "recreate" && isOfOtherKind(world, expansion);
}

/** Whether KAITO's workload is of another kind than ours, as its StatefulSet of one node is. */
export function isOfOtherKind(world: World, { workload }: Expansion): boolean {
  return besideOf(world, workload.kind).length > 0;
}

function besideOf(world: World, kind: string): readonly JsonObject[] {
  return kaitoWorkloads(world).filter((one) => kindOf(one) !== kind);
}

/**
 * Objects of KAITO's that change hands only when our pods serve: its Service names the first pod of its StatefulSet, ours any
 * pod, also those of a group of which only the first one answers.
 */
export function changesHandsLater(world: World, desired: JsonObject, situation: Situation): boolean {
  const live = liveOf(world, desired);
  const isService = kindOf(desired) === "Service" && live !== undefined && isKaitoMade(world, live);
  return isService && staysBeside(world, situation.expansion) && !isRolledOut(situation);
}

/** What KAITO made goes when ours serves in its place: first its workload, then its nodes, then its finalizer. */
export function leftBehind(world: World, workspace: Workspace, situation: Situation): readonly Action[] {
  const workloads = kaitoWorkloads(world);
  if (workloads.length > 0) return workloadRemovals(world, workloads, situation);
  const { claims = [], pools = [] } = world.kaitoNodes ?? {};
  if (claims.length + pools.length > 0) {
    const used = usedNodes(world);
    const isUsed = claims.length > 0 && claims.every((claim) => used.has(nodeOfClaim(claim)));
    return [...nodeRemovals(world), { kind: "requeue", afterMs: isUsed ? LOOK_WHILE_USED_MS : LOOK_WHILE_GOING_MS }];
  }
  return hasKaitoFinalizer(workspace) ? [{ kind: "removeFinalizer", only: KAITO_FINALIZER }] : [];
}

function workloadRemovals(world: World, workloads: readonly JsonObject[], situation: Situation): readonly Action[] {
  const { expansion } = situation;
  const serves = isRolledOut(situation) && !world.children.some((one) => isFrontOfKaito(world, one));
  const goes = serves && staysBeside(world, expansion);
  const removed = goes ? besideOf(world, expansion.workload.kind).filter((one) => !isDeleting(one)) : [];
  const isGoing = removed.length > 0 || workloads.some(isDeleting);
  return [
    ...removed.map((one): Action => ({ kind: "delete", target: target(one), propagation: "Foreground" })),
    { kind: "requeue", afterMs: isGoing ? LOOK_WHILE_GOING_MS : LOOK_WHILE_USED_MS },
  ];
}

function isFrontOfKaito(world: World, object: JsonObject): boolean {
  return kindOf(object) === "Service" && isKaitoMade(world, object);
}

/** Nodes of KAITO's on which nothing runs. A NodePool would make another node for a claim that is deleted. */
function nodeRemovals(world: World): readonly Action[] {
  const { claims, pools } = world.kaitoNodes ?? { claims: [], pools: [] };
  const used = usedNodes(world);
  const isUnused = (claim: JsonObject): boolean => !used.has(nodeOfClaim(claim));
  const unusedPools = pools.filter((pool) => claims.filter((claim) => isOfPool(claim, [pool])).every(isUnused));
  return [
    ...unusedPools
      .filter((pool) => !isDeleting(pool))
      .map((pool) =>
        poolRemoval(
          pool,
          claims.filter((claim) => isOfPool(claim, [pool])),
        ),
      ),
    ...claims
      .filter((claim) => !isDeleting(claim) && !isOfPool(claim, pools) && isUnused(claim))
      .map((claim) => ifUnused(claim, "what KAITO ran there is replaced")),
  ];
}

/** @param claims those whose nodes must be without pods; none: the pool goes whatever runs there */
export function poolRemoval(pool: JsonObject, claims: readonly JsonObject[]): Action {
  return {
    kind: "deletePool",
    name: nameOf(pool),
    uid: textAt(pool, "metadata", "uid") ?? "",
    ifUnused: claims.map(nodeOfClaim).filter((node) => node !== undefined),
  };
}
