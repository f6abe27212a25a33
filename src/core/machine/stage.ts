import type { Statement } from "../status/conditions.ts";
import type { Fact, MachineAction } from "./action.ts";

/** What one part of the plan comes to. */
export interface Stage {
  readonly says: readonly Statement[];
  /** Done before the status is written. */
  readonly actions: readonly MachineAction[];
  readonly holds: readonly Fact[];
  /** The claim ends: why, as the event on it tells. */
  readonly ends?: Ending;
  /** Look again after this time at the latest. */
  readonly againMs?: number;
}

export interface Ending {
  readonly reason: string;
  readonly message: string;
  /** Do not wait for pods: the node cannot end them. */
  readonly atOnce?: true;
}

export const IDLE: Stage = { says: [], actions: [], holds: [] };

export function says(...statements: readonly Statement[]): Stage {
  return { ...IDLE, says: statements };
}

export function both(a: Stage, b: Stage): Stage {
  const ends = a.ends ?? b.ends;
  const againMs = [a.againMs, b.againMs].filter((ms) => ms !== undefined);
  return {
    says: [...a.says, ...b.says],
    actions: [...a.actions, ...b.actions],
    holds: [...a.holds, ...b.holds],
    ...(ends === undefined ? {} : { ends }),
    ...(againMs.length === 0 ? {} : { againMs: Math.min(...againMs) }),
  };
}
