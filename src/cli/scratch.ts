import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let users = 0;

/**
 * Gives a directory of its own, which is gone afterwards, also when the process is interrupted: a signal is heard when the
 * work is done, and the process then ends as a shell reports one that a signal ended.
 */
export function withScratch<T>(prefix: string, use: (directory: string) => T): T {
  // Before there is a directory: a signal that came in between would leave it.
  if (users++ === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(tmpdir(), prefix));
    return use(directory);
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    void signalsHeard().then(letGo);
  }
}

/** Resolves when the event loop has asked for signals that came before: at the latest in its next turn. */
export async function signalsHeard(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function letGo(): void {
  if (--users === 0) for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onSignal(signal: (typeof SIGNALS)[number]): void {
  process.exit(128 + constants.signals[signal]);
}
