import { remembered } from "../capacity/attempts.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { World } from "../world.ts";
import { counted } from "./breaker.ts";
import { toldEnds } from "./told-ends.ts";

/**
 * What is known of offerings where no status remembers it: from the claims that are gone, the oldest first, as a Workspace
 * would have written it down one after the other. A restart forgets them, and so begins the row of failed nodes anew.
 */
export function presetAttempts(world: World): readonly Attempt[] {
  const told = toldEnds({ ...world, vanished: world.vanished.toSorted((a, b) => a.goneMs - b.goneMs) });
  return told.reduce<readonly Attempt[]>((known, one) => {
    const row = counted(known, [one], world.claims);
    return remembered(row.before, row.added);
  }, []);
}
