import { setFlagsFromString } from "node:v8";

/**
 * What a review makes is dead when it is answered. Left to itself, V8 finds all of it alive in a collection between deciding and
 * answering, takes that for a long life and keeps such objects for the full collection; wakes four threads for the little there
 * is to copy, on a core that is busy anyway; and lets the heap grow to four times what lives before it looks, which it then
 * never gives back (docs/benchmarks.md).
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  setFlagsFromString("--no-parallel-scavenge");
  setFlagsFromString("--heap-growing-percent=40");
}
