import type { Fact } from "../../core/machine/action.ts";
import type { CloudFailure } from "../../core/machine/failure.ts";
import type { Suspicion } from "../../core/machine/orphans.ts";
import type { FailedCall } from "../../core/machine/world.ts";
import type { Clock } from "../../kube/clock.ts";
import { createNews } from "../news.ts";

// What counts as a jump of the wall clock, and how long nothing ends by the date after one.
const STEP_MS = 60_000;
const DOUBT_MS = 10 * 60_000;
// Told twice does no harm: the event has the same name.
const MOST_TOLD = 1_000;

interface Remembered {
  since: ReadonlyMap<Fact, number>;
  failed: (Omit<FailedCall, "agoMs"> & { readonly atMs: number }) | undefined;
}

/**
 * What the process knows beside the cluster and the cloud: how long facts have held. Losing it gives everybody their time
 * again, and nobody less.
 */
export interface MachineMemory {
  /** What holds for a claim now; what held before and is not named is forgotten. */
  holds(uid: string, facts: readonly Fact[]): void;
  heldMs(uid: string): { readonly [F in Fact]?: number };
  /** For how many claims one of these facts holds. */
  count(...facts: readonly Fact[]): number;
  failed(uid: string, verb: FailedCall["verb"], failure: CloudFailure): void;
  succeeded(uid: string): void;
  failure(uid: string): FailedCall | undefined;
  /** What the machine of this name, which is about to be made, cannot carry. */
  leavesOut(machine: string, keys: readonly string[]): void;
  /** The same, once. */
  takeLeftOut(machine: string): readonly string[];
  /** Forgets all claims but these. */
  retain(uids: readonly string[]): void;
  /** Forgets everything: what was not watched is not known to have held. */
  clear(): void;
  /** Machines without a claim at this sweep; every other suspicion is dropped. */
  suspects(keys: readonly string[]): void;
  suspicions(): { readonly [key: string]: Suspicion };
  /** False for a while after the wall clock jumped. */
  isClockSteady(): boolean;
  /** Whether this has not been told yet. */
  isNews(id: string): boolean;
}

export function createMachineMemory(clock: Clock): MachineMemory {
  const claims = new Map<string, Remembered>();
  const leftOut = new Map<string, readonly string[]>();
  let suspects = new Map<string, { readonly sweeps: number; readonly sinceMs: number }>();
  let offsetMs = clock.wallMs() - clock.monotonicMs();
  let steppedMs = Number.NEGATIVE_INFINITY;
  const of = (uid: string): Remembered => {
    const known = claims.get(uid) ?? { since: new Map(), failed: undefined };
    claims.set(uid, known);
    return known;
  };
  return {
    holds(uid, facts) {
      const known = of(uid);
      known.since = new Map(facts.map((fact) => [fact, known.since.get(fact) ?? clock.monotonicMs()]));
    },
    heldMs: (uid) => {
      const nowMs = clock.monotonicMs();
      return Object.fromEntries([...of(uid).since].map(([fact, sinceMs]) => [fact, nowMs - sinceMs]));
    },
    count: (...facts) => [...claims.values()].filter(({ since }) => facts.some((fact) => since.has(fact))).length,
    failed(uid, verb, failure) {
      const known = of(uid);
      const times = known.failed?.verb === verb ? known.failed.times + 1 : 1;
      known.failed = { verb, failure, times, atMs: clock.monotonicMs() };
    },
    succeeded(uid) {
      of(uid).failed = undefined;
    },
    failure(uid) {
      const { failed } = of(uid);
      if (failed === undefined) return undefined;
      const { atMs, ...call } = failed;
      return { ...call, agoMs: clock.monotonicMs() - atMs };
    },
    leavesOut: (machine, keys) => leftOut.set(machine, keys),
    takeLeftOut(machine) {
      const keys = leftOut.get(machine) ?? [];
      leftOut.delete(machine);
      return keys;
    },
    retain(uids) {
      const kept = new Set(uids);
      for (const uid of claims.keys()) if (!kept.has(uid)) claims.delete(uid);
    },
    clear() {
      claims.clear();
      leftOut.clear();
      suspects.clear();
    },
    suspects(keys) {
      const nowMs = clock.monotonicMs();
      const counted = keys.map((key) => {
        const { sweeps, sinceMs } = suspects.get(key) ?? { sweeps: 0, sinceMs: nowMs };
        return [key, { sweeps: sweeps + 1, sinceMs }] as const;
      });
      suspects = new Map(counted);
    },
    suspicions: () => {
      const nowMs = clock.monotonicMs();
      return Object.fromEntries(
        [...suspects].map(([key, { sweeps, sinceMs }]) => [key, { sweeps, heldMs: nowMs - sinceMs }]),
      );
    },
    isClockSteady() {
      const nowMs = clock.monotonicMs();
      const now = clock.wallMs() - nowMs;
      if (Math.abs(now - offsetMs) > STEP_MS) steppedMs = nowMs;
      offsetMs = now;
      return nowMs - steppedMs > DOUBT_MS;
    },
    isNews: createNews(MOST_TOLD),
  };
}
