import { attemptOf, remembered } from "../capacity/attempts.ts";
import { claimOf } from "../capacity/claim.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { World } from "../world.ts";
import { counted, type Told } from "./breaker.ts";
import { unusable } from "./unusable.ts";

/**
 * What is known of offerings where no status remembers it: from the claims that are gone, the oldest first, as a Workspace
 * would have written it down one after the other. A restart forgets them, and so begins the row of failed nodes anew.
 */
export function presetAttempts(world: World): readonly Attempt[] {
  const gone = world.vanished
    .toSorted((a, b) => a.goneMs - b.goneMs)
    .map(({ claim, goneMs }) => ({ claim, attempt: attemptOf(claim, goneMs) }));
  const told = [...gone, ...unusable(world)].flatMap(({ claim, attempt }): readonly Told[] =>
    attempt === undefined ? [] : [{ attempt, createdMs: claimOf(claim).createdMs ?? world.nowMs }],
  );
  return told.reduce<readonly Attempt[]>((known, one) => {
    const row = counted(known, [one], world.claims);
    return remembered(row.before, row.added);
  }, []);
}
