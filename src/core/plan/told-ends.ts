import { attemptOf } from "../capacity/attempts.ts";
import { claimOf } from "../capacity/claim.ts";
import type { World } from "../world.ts";
import type { Told } from "./breaker.ts";
import { unusable } from "./unusable.ts";

/** What claims that are gone tell, in their order, and then those whose nodes never got usable. */
export function toldEnds(world: World): readonly Told[] {
  const gone = world.vanished.map(({ claim, goneMs }) => ({ claim, attempt: attemptOf(claim, goneMs) }));
  return [...gone, ...unusable(world)].flatMap(({ claim, attempt }) =>
    attempt === undefined ? [] : [{ attempt, createdMs: claimOf(claim).createdMs ?? world.nowMs }],
  );
}
