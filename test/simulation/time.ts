import { syncBuiltinESMExports } from "node:module";
import FakeTimers from "@sinonjs/fake-timers";

// The real one: after it, every promise that could be settled is.
const afterPromises = setImmediate;

/** Time that passes only when everything that can happen at one moment has happened. */
export interface VirtualTime {
  /** Milliseconds since the start; never jumps. */
  nowMs(): number;
  /** Runs what is due until this moment. */
  runUntil(ms: number): Promise<void>;
  /** Moves the wall clock, not the durations. */
  stepClock(byMs: number): void;
  /** When it was moved last, in milliseconds since the start; minus infinity: never. */
  steppedMs(): number;
  /** Rejects with the reason of the signal when that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Real time again. */
  end(): void;
}

/** Takes over every clock and timer of this process. The product under simulation runs as it is. */
export function startVirtualTime(startWallMs: number): VirtualTime {
  const clock = FakeTimers.install({
    now: startWallMs,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    loopLimit: Number.MAX_SAFE_INTEGER,
  });
  // Named imports of node:timers/promises were bound before.
  syncBuiltinESMExports();
  let steppedMs = Number.NEGATIVE_INFINITY;
  const settled = () => new Promise<void>((resolve) => afterPromises(() => resolve()));
  return {
    nowMs: () => performance.now(),
    runUntil: async (ms) => {
      let reached = false;
      setTimeout(() => {
        reached = true;
      }, ms - performance.now());
      await settled();
      while (!reached) {
        clock.next();
        await settled();
      }
    },
    stepClock: (byMs) => {
      steppedMs = performance.now();
      clock.setSystemTime(Date.now() + byMs);
    },
    steppedMs: () => steppedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    end: () => {
      clock.uninstall();
      syncBuiltinESMExports();
    },
  };
}
