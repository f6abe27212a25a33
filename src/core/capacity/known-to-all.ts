import { findInstanceType, type Release } from "../catalogue.ts";
import type { Expansion } from "../kinds/expansion.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import { closes } from "./attempts.ts";
import { offerings } from "./offerings.ts";
import { speaksOfOthers } from "./refusals.ts";

/** What one owner learnt of the market. */
interface Learned {
  readonly attempts?: readonly Attempt[];
}

/**
 * Refusals by which the others are spared the same attempt: those that are still in force and speak of the cloud, not of what
 * this owner asked for or of its own nodes. One for each offering, node class and reason, the one that lasts longest.
 * @param statuses of Workspaces, in any order
 */
export function knownToAll(statuses: readonly (Learned | undefined)[], nowMs: number): readonly Attempt[] {
  const found = new Map<string, Attempt>();
  for (const attempt of statuses.flatMap((status) => status?.attempts ?? [])) {
    if (Date.parse(attempt.until) <= nowMs || !speaksOfOthers(attempt)) continue;
    const { instanceType, capacityType, zone, nodeClass, reason } = attempt;
    const key = [instanceType, capacityType, zone, nodeClass, reason].join("/");
    const known = found.get(key);
    if (known === undefined || lastsLonger(attempt, known)) found.set(key, attempt);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, attempt]) => attempt);
}

/**
 * Those of the refusals others met that close something this Workspace allows, to be told beside its own.
 * @param volumeZones zones that its pods need for their volumes
 */
export function regarding(
  others: readonly Attempt[],
  expansion: Expansion,
  release: Release,
  volumeZones: readonly string[] = [],
): readonly Attempt[] {
  if (others.length === 0) return others;
  const allowed = offerings(expansion, release, volumeZones);
  return others.filter((attempt) => {
    const refused = findInstanceType(release, attempt.instanceType);
    return allowed.some((offering) => closes(attempt, refused, offering));
  });
}

function lastsLonger(one: Attempt, other: Attempt): boolean {
  const ms = Date.parse(one.until) - Date.parse(other.until);
  // Of two that last as long the message decides, so that the order of the input does not.
  return ms > 0 || (ms === 0 && one.message < other.message);
}
