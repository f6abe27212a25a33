/**
 * Pause before the next try after `failures` in a row (1, 2, ...): doubled each time from `minMs` up to `maxMs`, of which
 * a random half is left out so that clients that failed together do not return together.
 */
export function backoffMs(failures: number, limits: { readonly minMs: number; readonly maxMs: number }): number {
  const full = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + Math.random() / 2);
}
