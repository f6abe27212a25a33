import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/kube/clock.ts";

interface Sleeper {
  readonly atMs: number;
  readonly owner: object;
  wake(): void;
}

/** Time that passes when the test says so. */
export class VirtualClock {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];
  readonly #paused = new Set<object>();

  get nowMs(): number {
    return this.#nowMs;
  }

  /** One process's view. A paused process sees time pass, but none of its timers fires. */
  view(): Clock & { pause(): void; resume(): void } {
    const owner = {};
    return {
      monotonicMs: () => this.#nowMs,
      wallMs: () => 1_700_000_000_000 + this.#nowMs,
      sleep: (ms, signal) => this.#sleep(owner, ms, signal),
      pause: () => void this.#paused.add(owner),
      resume: () => void this.#paused.delete(owner),
    };
  }

  /** Lets time pass in steps, and after each lets everything happen that is due; `look` sees each step. */
  async advance(ms: number, look: () => void = () => {}, stepMs = 100): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    while (this.#nowMs < untilMs) {
      this.#nowMs = Math.min(untilMs, this.#nowMs + stepMs);
      look(); // before anybody's timer had a chance: the clock alone has to say that leadership is over
      for (let due = this.#due(); due.length > 0; due = this.#due()) {
        for (const sleeper of due) sleeper.wake();
        await settled();
        look();
      }
    }
  }

  #due(): Sleeper[] {
    const isDue = (each: Sleeper) => each.atMs <= this.#nowMs && !this.#paused.has(each.owner);
    const due = this.#sleepers.filter(isDue).sort((a, b) => a.atMs - b.atMs);
    this.#sleepers = this.#sleepers.filter((each) => !due.includes(each));
    return due;
  }

  #sleep(owner: object, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = { atMs: this.#nowMs + ms, owner, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal.reason);
      });
    });
  }
}

/** Everything that needs no time has happened: promise chains run to their end between two turns of the event loop. */
async function settled(): Promise<void> {
  await setImmediate();
}
