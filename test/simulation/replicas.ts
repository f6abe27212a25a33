import type { Stage } from "./actor.ts";
import { type SimulatedReconciler, type Surroundings, startSimulatedReconciler } from "./reconciler.ts";

// One acts, the other waits for its lease.
const REPLICAS = 2;
// A kubelet starts a container again after a back-off of up to some minutes.
const MOST_AWAY_MS = 120_000;

/** The reconciler as it is deployed: replicas with one lease, started again when they die. */
export interface Replicas {
  /** The one that acts; any where none does. */
  leader(): SimulatedReconciler;
  /** Ends all of them, for good, and starts one that needs no lease. */
  settle(): Promise<SimulatedReconciler>;
  /** Moments at which more than one believed to lead. */
  faults(): readonly string[];
  /** Writes that were carried out. */
  writes(): number;
}

export function startReplicas(stage: Stage, around: Surroundings): Replicas {
  const { store, time, random, befalls } = stage;
  const faults: string[] = [];
  let started = 0;
  let written = 0;
  let settled = false;
  const slots: SimulatedReconciler[] = [];
  const start = (slot: number): void => {
    if (settled) return;
    const replica = startSimulatedReconciler(around, `replica-${slot}-${++started}`);
    slots[slot] = replica;
    const ended = (): void => {
      written += replica.connection.writes();
      setTimeout(() => start(slot), random.below(MOST_AWAY_MS));
    };
    replica.signal.addEventListener("abort", ended, { once: true });
  };
  let holder: unknown;
  store.onChange(({ plural, after }) => {
    if (plural !== "leases" || after === undefined) return;
    const next = (after["spec"] as { readonly holderIdentity?: string }).holderIdentity;
    if (next === holder) return;
    if (holder !== undefined) befalls("leader changed");
    holder = next;
    const still = slots.filter((one) => one.leads());
    if (still.length > 0) faults.push(`${new Date().toISOString()}: ${next} takes the lease of one that still leads`);
  });
  for (let slot = 0; slot < REPLICAS; slot++) start(slot);
  return {
    leader: () => slots.find((one) => one.leads()) ?? random.pick(slots),
    async settle() {
      settled = true;
      for (const one of slots) if (one.isAlive) one.kill();
      await time.runUntil(time.nowMs() + random.below(MOST_AWAY_MS));
      const last = startSimulatedReconciler(around);
      slots.splice(0, slots.length, last);
      return last;
    },
    faults: () => faults,
    writes: () => written + slots.reduce((total, one) => total + (one.isAlive ? one.connection.writes() : 0), 0),
  };
}
