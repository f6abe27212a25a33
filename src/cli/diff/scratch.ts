import { setImmediate } from "node:timers/promises";
import { withScratch } from "../scratch.ts";

/** What `use` makes in a directory of its own; a signal that came meanwhile ends the process before the answer is given. */
export async function inScratch<T>(use: (directory: string) => T): Promise<T> {
  const result = withScratch("foresail-base-", use);
  await setImmediate();
  await setImmediate();
  return result;
}
