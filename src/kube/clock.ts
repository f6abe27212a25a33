import { performance } from "node:perf_hooks";
import { setTimeout as timeout } from "node:timers/promises";

/** Time as the followers and the election see it; injected so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds that never jump; for durations and expiry. */
  monotonicMs(): number;
  /** Milliseconds since 1970; for what people and other machines read. */
  wallMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      await timeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
