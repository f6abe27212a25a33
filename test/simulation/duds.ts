import { conditionAt, isTrue } from "../../src/core/capacity/fields.ts";
import { sameJson } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";

// Two may be an accident: docs/nodes.md.
const MOST_IN_A_ROW = 3;
// Until the last failure is known to whoever plans: a watch may be late by half a minute, a new leader by a minute more.
const KNOWN_AFTER_MS = 120_000;
// The pause after the third is 40 minutes; it is counted from when the failure was noted.
const PAUSE_MS = 35 * 60_000;

/**
 * Watches that nobody buys machine after machine that comes to nothing: after three in a row there is a pause.
 * @param isDud whether the machine of the claim with this uid was made to come to nothing
 * @returns what was bought in spite of it so far
 */
export function watchDuds({ store, time }: Stage, isDud: (claimUid: string) => boolean): () => readonly string[] {
  const found: string[] = [];
  const rows = new Map<string, { readonly failures: number; readonly lastMs: number; readonly lastWallMs: number }>();
  const createdMs = new Map<string, number>();
  store.onChange(({ plural, before, after }) => {
    if (plural === "workspaces") {
      // Who asks for something else may be served at once.
      const key = keyOfObject((after ?? before) as KubeObject);
      if (!sameJson(before?.["expansion"], after?.["expansion"])) rows.delete(key);
    }
    if (plural !== "nodeclaims") return;
    if (before === undefined) createdMs.set(after?.metadata.uid ?? "", time.nowMs());
    for (const key of ownerOfClaim((after ?? before) as KubeObject)) {
      const row = rows.get(key) ?? { failures: 0, lastMs: Number.NEGATIVE_INFINITY, lastWallMs: 0 };
      // A status holds times of the wall clock: where that is set forward, a pause is over sooner.
      const sinceMs = Math.max(time.nowMs() - row.lastMs, Date.now() - row.lastWallMs);
      if (before === undefined && row.failures >= MOST_IN_A_ROW && sinceMs > KNOWN_AFTER_MS && sinceMs < PAUSE_MS)
        found.push(
          `${new Date().toISOString()}: a node is bought for Workspace ${key} ${Math.round(sinceMs / 1000)} s after the ${row.failures}. in a row came to nothing`,
        );
      if (after !== undefined && isTrue(conditionAt(after, "Initialized"))) rows.delete(key);
      if (before === undefined || !isGoing(after) || isGoing(before)) continue;
      if (!isDud(before.metadata.uid ?? "") || isGivenBack(before)) continue;
      // Those that were asked for beside each other and fail together are one failure: docs/nodes.md.
      if ((createdMs.get(before.metadata.uid ?? "") ?? 0) <= row.lastMs) continue;
      rows.set(key, { failures: row.failures + 1, lastMs: time.nowMs(), lastWallMs: Date.now() });
    }
  });
  return () => found;
}

function isGoing(claim: KubeObject | undefined): boolean {
  return claim === undefined || claim.metadata.deletionTimestamp !== undefined;
}

/** What we ended ourselves because nobody wanted it says nothing of its machine. */
function isGivenBack(claim: KubeObject): boolean {
  const why = claim.metadata.annotations?.["foresail.dev/deleted-because"] ?? "";
  return why !== "" && !why.includes("was not usable");
}
