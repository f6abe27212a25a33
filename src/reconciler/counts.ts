import { textAt } from "../core/capacity/fields.ts";
import { isManagedClaim, SHARE_LABEL } from "../core/capacity/owner.ts";
import type { Usage } from "../core/capacity/question.ts";
import { plusUsage, usageOf } from "../core/capacity/usage.ts";
import type { JsonObject } from "../core/json.ts";
import { type Launching, launchOwner } from "../core/plan/launch-budget.ts";
import type { World } from "../core/world.ts";
import type { KubeObject } from "../kube/kube.ts";
import type { Caches } from "./caches.ts";
import type { Sources } from "./gather.ts";
import { keyOfShare } from "./keys.ts";
import type { Memory } from "./memory.ts";

/**
 * What all owners together have, claims that are planned but not yet made included. A plan must follow in the same turn of
 * the event loop: of two that count at the same time, each would take what is left of a limit.
 */
export function countsNow(
  sources: Sources,
  key: string,
  share: string | undefined,
): Required<Pick<World, "usage" | "heldNames" | "launching">> & Partial<Pick<World, "claims" | "comingClaims">> {
  const shared = share === undefined ? {} : sharedNow(sources, key, share);
  return {
    ...shared,
    usage: usageNow(sources),
    heldNames: sources.caches.totals.names,
    launching: launchingOf(sources, key, share),
  };
}

/** Whoever shares nodes may have bought some since the facts were gathered. */
function sharedNow({ caches, memory }: Sources, key: string, share: string): Pick<World, "claims" | "comingClaims"> {
  return {
    claims: claimsOf(caches, key, share),
    comingClaims: unseen(caches, memory).filter((claim) => textAt(claim, "metadata", "labels", SHARE_LABEL) === share),
  };
}

function usageNow({ caches, memory, catalogue }: Sources): Usage {
  const coming = usageOf(unseen(caches, memory), catalogue.current);
  return plusUsage(caches.totals.usage(catalogue.current), coming);
}

/** Claims whose creation is under way and that no watch has shown yet. */
function unseen({ totals }: Caches, memory: Memory): readonly JsonObject[] {
  return memory.inFlight().filter((claim) => !totals.names.has(textAt(claim, "metadata", "name") ?? ""));
}

function launchingOf({ caches, memory, installation }: Sources, key: string, share: string | undefined): Launching {
  const owner = share === undefined ? key : keyOfShare(share);
  const coming = unseen(caches, memory).map(launchOwner);
  const owners = new Set([...caches.totals.launching.keys(), ...caches.waiting.keys.keys(), ...coming, owner]);
  return {
    most: installation.mostLaunching,
    claims: caches.totals.launchingCount + coming.length,
    own: (caches.totals.launching.get(owner) ?? 0) + coming.filter((one) => one === owner).length,
    owners: owners.size,
  };
}

/** Claims that serve a Workspace: its own, and those of its share key. */
export function claimsOf(caches: Caches, key: string, share: string | undefined): readonly KubeObject[] {
  const own = caches.claims.byIndex("owner", key);
  return [...own, ...(share === undefined ? [] : caches.claims.byIndex("share", share))].filter(isManagedClaim);
}
