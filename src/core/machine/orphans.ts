import type { Machine } from "./machine.ts";

/** One machine without a claim, remembered from sweep to sweep. */
export interface Suspicion {
  /** Sweeps that agreed so far. */
  readonly sweeps: number;
  /** Since the first of them, by a clock that never jumps. */
  readonly heldMs: number;
}

export interface SweepWorld {
  readonly cluster: string;
  /** All machines the cloud has; undefined where they could not be listed whole. */
  readonly machines: readonly Machine[] | undefined;
  /** UIDs of all claims; undefined where they could not be listed whole, from the API server itself. */
  readonly claimUids: readonly string[] | undefined;
  readonly suspicions: { readonly [key: string]: Suspicion };
}

export interface Sweep {
  /** To be removed, each after one last look whether its claim exists. */
  readonly orphans: readonly Machine[];
  /** Machines without a claim at this sweep: counted on at the next; every other suspicion is dropped. */
  readonly suspects: readonly string[];
}

const AGREEING_SWEEPS = 2;
/** A claim's cache may be late, a creation may be under way: longer than either takes. */
export const ORPHAN_AGE_MS = 10 * 60_000;
/** No claim at all may be the truth, or an API server that lost its data: time for people to notice. */
export const LONELY_ORPHAN_AGE_MS = 60 * 60_000;

/** Machines with our stamp whose claim does not exist. Whatever carries no stamp of this cluster is never among them. */
export function sweep(world: SweepWorld): Sweep {
  const { machines, claimUids } = world;
  // A cluster has a pool of its own at least: a list of none tells nothing.
  if (machines === undefined || claimUids === undefined || machines.length === 0) return { orphans: [], suspects: [] };
  const claims = new Set(claimUids);
  const suspects = machines.filter(({ owner }) => owner?.cluster === world.cluster && !claims.has(owner.claimUid));
  const ageMs = claims.size === 0 ? LONELY_ORPHAN_AGE_MS : ORPHAN_AGE_MS;
  const orphans = suspects.filter((machine) => {
    const { sweeps, heldMs } = world.suspicions[suspectKey(machine)] ?? { sweeps: 0, heldMs: 0 };
    return machine.state !== "deleting" && sweeps + 1 >= AGREEING_SWEEPS && heldMs >= ageMs;
  });
  return { orphans, suspects: suspects.map(suspectKey) };
}

/** Another machine of the same name is another suspicion. */
export function suspectKey({ name, owner }: Machine): string {
  return `${name}/${owner?.claimUid ?? ""}`;
}
