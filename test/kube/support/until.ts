import { setTimeout as pause } from "node:timers/promises";

/** Waits for a condition; fails with its description when it does not come true in time. */
export async function until(description: string, condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${description}`);
    await pause(2);
  }
}
