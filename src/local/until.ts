import { setTimeout as pause } from "node:timers/promises";

/** A condition did not come true in time; `last` is what the probe threw last, if it threw. */
export class TimedOut extends Error {}

/** Thrown by a probe to end the wait at once: the condition can no longer come true. */
export class Hopeless extends Error {}

// Cheap against a loopback server and below what a person notices.
const POLL_INTERVAL_MS = 50;

/**
 * Asks `probe` until it gives something other than `undefined` or `false`, and returns that.
 * What the probe throws counts as "not yet", except Hopeless. Throws TimedOut naming `what` after `timeoutMs`.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(probe);
    if (outcome.kind === "value") return outcome.value;
    if (performance.now() >= deadline) {
      const last = outcome.error === undefined ? "" : `; last error: ${messageOf(outcome.error)}`;
      throw new TimedOut(`waited ${timeoutMs / 1000} s for ${what}${last}`, { cause: outcome.error });
    }
    await pause(POLL_INTERVAL_MS);
  }
}

type Outcome<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "not-yet"; readonly error?: unknown };

async function attempt<T>(probe: () => Promise<T | undefined | false> | T | undefined | false): Promise<Outcome<T>> {
  try {
    const value = await probe();
    return value === undefined || value === false ? { kind: "not-yet" } : { kind: "value", value };
  } catch (error) {
    if (error instanceof Hopeless) throw error;
    return { kind: "not-yet", error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
