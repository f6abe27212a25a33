import type { Action } from "../action.ts";
import { nameOf, textAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";
import { isKept } from "./disruption.ts";
import { nodeOfClaim } from "./live.ts";

export function claimRemoval(claim: JsonObject, why: string): Action & { readonly kind: "deleteClaim" } {
  return { kind: "deleteClaim", name: nameOf(claim), uid: textAt(claim, "metadata", "uid") ?? "", why };
}

/**
 * Removals of the claims that have been empty for the configured time. The node is looked at once more before.
 * @param atOnce what they cost keeps others from their nodes, so nothing is waited for
 */
export function removals(world: World, empty: readonly JsonObject[], atOnce = false): readonly Action[] {
  return empty
    .filter((claim) => !isKept(world, claim))
    .flatMap((claim) => {
      if (remainingMs(world, claim) <= 0) return ifUnused(claim, "no pod has used its node for the configured time");
      return atOnce ? ifUnused(claim, "no pod uses its node, and a ceiling or limit keeps others from theirs") : [];
    });
}

/** A removal for which the API server itself is asked first: watches may be late by more than a node takes to come. */
export function ifUnused(claim: JsonObject, why: string): Action & { readonly kind: "deleteClaim" } {
  return { ...claimRemoval(claim, why), ifUnused: nodeOfClaim(claim) ?? "" };
}

/** How long until the next of the others has been empty for the configured time; none where there is none. */
export function untilEmptyMs(world: World, empty: readonly JsonObject[]): readonly number[] {
  const left = empty.map((claim) => remainingMs(world, claim)).filter((ms) => ms > 0);
  return left.length === 0 ? [] : [Math.min(...left)];
}

function remainingMs(world: World, claim: JsonObject): number {
  const since = world.emptySinceMs[nameOf(claim)] ?? world.nowMs;
  return world.emptyNodeGraceMs - (world.nowMs - since);
}
