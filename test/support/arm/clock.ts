import { setTimeout as pause } from "node:timers/promises";

/** The time the fake lives in. */
export interface ArmClock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Resolves when that much of this time has passed; rejects when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Seconds a client has to wait, by its own clock, until so many of these have passed. */
  clientSeconds(seconds: number): number;
}

/** Real time, `scale` times as fast. A Retry-After shrinks with it, because the client waits by its own clock. */
export function scaledClock(scale: number): ArmClock {
  const startedMs = Date.now();
  const zero = performance.now();
  return {
    nowMs: () => startedMs + (performance.now() - zero) * scale,
    sleep: (ms, signal) => pause(ms / scale, undefined, { signal }),
    clientSeconds: (seconds) => Math.max(1, Math.ceil(seconds / scale)),
  };
}

export interface VirtualClock extends ArmClock {
  /** Lets time pass; sleepers wake in the order of their time. */
  advance(ms: number): void;
}

/** Time that stands still until it is advanced. */
export function virtualClock(startMs = Date.UTC(2026, 10, 28)): VirtualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    nowMs: () => nowMs,
    clientSeconds: (seconds) => seconds,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (ms <= 0) return resolve();
        const sleeper = { atMs: nowMs + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance: (ms) => {
      nowMs += ms;
      for (const sleeper of [...sleepers].sort((a, b) => a.atMs - b.atMs)) {
        if (sleeper.atMs > nowMs) break;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
