import type { Clock } from "../../../src/kube/clock.ts";
import { NOW } from "../../core/machine/facts.ts";

export interface HandClock {
  readonly clock: Clock;
  /** Both clocks go on. */
  readonly advance: (ms: number) => void;
  /** The wall clock alone is set. */
  readonly step: (ms: number) => void;
}

/** A clock that stands still until it is told. */
export function handClock(): HandClock {
  let monotonicMs = 1_000;
  let wallMs = NOW;
  return {
    clock: { monotonicMs: () => monotonicMs, wallMs: () => wallMs, sleep: async () => {} },
    advance: (ms) => {
      monotonicMs += ms;
      wallMs += ms;
    },
    step: (ms) => {
      wallMs += ms;
    },
  };
}
