import { setFlagsFromString } from "node:v8";

/**
 * Reviews that came together are decided together, so a collection meanwhile finds all of them alive. V8 would take that for a
 * long life and put such objects where only the full collection frees them; they are dead a millisecond later. And the little
 * that is alive is copied by this thread sooner than four others are woken up to help, on a core that is busy anyway.
 */
export function expectShortLives(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  setFlagsFromString("--no-parallel-scavenge");
}
