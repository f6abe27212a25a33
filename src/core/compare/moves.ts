import type { Subject } from "../report/report.ts";
import type { Versions } from "./run.ts";

/** A Workspace, and who has it. */
export interface Known {
  readonly subject: Subject;
  readonly versions: Versions;
}

/** Whether the files have it: what only the cluster holds is not touched by a change of the files. */
export function isStated({ base, head }: Versions): boolean {
  return base !== undefined || head !== undefined;
}

/**
 * The same, in which a Workspace that base states in one group and head in the other is one: that of head, moved. What only
 * the cluster has in the other group is told to whoever states its name.
 */
export function movesOf(all: readonly Known[]): readonly Known[] {
  const byName = Map.groupBy(all, ({ subject: { namespace, name } }) => JSON.stringify([namespace, name]));
  return [...byName.values()].flatMap((same) => {
    const going = same.find(({ versions: { base, head } }) => base !== undefined && head === undefined);
    const coming = same.find(({ versions: { base, head } }) => base === undefined && head !== undefined);
    if (going !== undefined && coming !== undefined) {
      return [{ ...coming, versions: { ...coming.versions, from: going.versions } }];
    }
    const held = same.find(({ versions }) => !isStated(versions));
    if (held === undefined) return same;
    return same.map((one) => (one === held ? one : { ...one, versions: { ...one.versions, rival: held.subject } }));
  });
}
