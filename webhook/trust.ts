import { certificatesIn, isValidAt } from "./certificate-set.ts";

/** Moments of a clock that never jumps, and of the one certificates go by. */
export interface Now {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export interface TrustTiming {
  /** From a CA's entry in the configurations until every API server has read it. */
  readonly settleMs: number;
  /** How long a CA stays in the configurations that this replica has no use for: another one may still serve with it. */
  readonly keptMs: number;
}

/** What the API servers trust, as far as this replica can know. Bundles and CAs are PEM. */
export interface Trust {
  /** Takes note of the bundles of all webhooks as they are now; empty: there is no configuration. */
  see(bundles: readonly string[], now: Now): void;
  /** The bundle all webhooks should have: the CAs of `needed` in their order, then those that are still kept. */
  bundle(needed: readonly string[], now: Now): string;
  /** Whether a certificate of the CAs in `bundle` may be served without one failed call. */
  isSettled(bundle: string, now: Now): boolean;
}

/**
 * Why a CA is not used the moment it is written: API servers learn of a changed configuration by their own watches, and a
 * certificate they cannot verify yet is a failed write of a user. Why an unknown CA is not removed at once: replicas start and
 * end while a CA is exchanged, and none knows what the others serve.
 */
export function createTrust({ settleMs, keptMs }: TrustTiming): Trust {
  /** In every webhook, since when; minus infinity: found by the first look, or nothing was trusted before. */
  const carriedSinceMs = new Map<string, number>();
  const uselessSinceMs = new Map<string, number>();
  let webhooks = 0;
  let carried: ReadonlySet<string> | undefined;
  return {
    see(bundles, { monotonicMs, wallMs }) {
      const sets = bundles.map((bundle) => certificatesIn(bundle));
      const common = (sets[0] ?? []).filter((ca) => sets.every((set) => set.includes(ca)));
      const sinceMs = carried === undefined || carried.size === 0 ? -Infinity : monotonicMs;
      update(carriedSinceMs, common, sinceMs);
      webhooks = sets.length;
      carried = new Set(sets.flat().filter((ca) => isValidAt(ca, wallMs)));
      update(uselessSinceMs, [...carried], monotonicMs);
    },
    bundle(needed, { monotonicMs }) {
      const first = [...new Set(needed.flatMap((bundle) => certificatesIn(bundle)))];
      for (const ca of first) uselessSinceMs.delete(ca);
      const kept = [...uselessSinceMs].filter(([, sinceMs]) => monotonicMs - sinceMs < keptMs).map(([ca]) => ca);
      // Sorted, so that replicas which keep the same write the same.
      return [...first, ...kept.sort()].join("");
    },
    isSettled(bundle, { monotonicMs }) {
      const cas = certificatesIn(bundle);
      // Without a configuration nobody calls.
      return webhooks === 0 || cas.every((ca) => monotonicMs - (carriedSinceMs.get(ca) ?? Infinity) >= settleMs);
    },
  };
}

/** Keeps the moments of `keys` that have one, gives the others `nowMs`, forgets the rest. */
function update(sinceMs: Map<string, number>, keys: readonly string[], nowMs: number): void {
  for (const key of sinceMs.keys()) if (!keys.includes(key)) sinceMs.delete(key);
  for (const key of keys) if (!sinceMs.has(key)) sinceMs.set(key, nowMs);
}
