import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Gives a directory of its own, which is gone afterwards, also when the process is interrupted. */
export async function inScratch<T>(use: (directory: string) => T): Promise<T> {
  let directory: string | undefined;
  const remove = (): void => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    remove();
    // As a shell reports a process that a signal ended.
    process.exit(128 + constants.signals[signal]);
  };
  // Before there is a directory: a signal that came in between would leave it.
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    directory = mkdtempSync(join(tmpdir(), "foresail-base-"));
    const result = use(directory);
    // A signal that came meanwhile is heard before the directory counts as removed.
    await setImmediate();
    return result;
  } finally {
    remove();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
