import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Fact } from "../../core/machine/action.ts";
import type { CalledCloud } from "./measured-cloud.ts";

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const FACTS: readonly Fact[] = [
  "launching",
  "wrong",
  "registering",
  "initializing",
  "late",
  "gone",
  "unhealthy",
  "bare",
  "taken",
  "detaching",
];

export interface MachineMetrics {
  readonly called: CalledCloud;
  /** Machines without a claim at the last sweep. */
  suspected(machines: number): void;
  orphanRemoved(): void;
  /** A claim was ended here, for this reason. */
  ended(reason: string): void;
}

/** @param count for how many claims a fact holds now, asked at every scrape */
export function machineMetrics(registry: Registry, count: (fact: Fact) => number): MachineMetrics {
  const registers = [registry];
  new Gauge({
    name: "foresail_machine_claims",
    help: "NodeClaims served by this process, by what is waited for or wrong",
    labelNames: ["state"],
    registers,
    collect() {
      for (const fact of FACTS) this.set({ state: fact }, count(fact));
    },
  });
  const calls = new Counter({
    name: "foresail_cloud_calls_total",
    help: "Calls to the cloud by verb and outcome: ok, or the reason of the failure",
    labelNames: ["verb", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "foresail_cloud_call_duration_seconds",
    help: "Duration of calls to the cloud",
    labelNames: ["verb"],
    buckets: SECONDS,
    registers,
  });
  const suspects = new Gauge({
    name: "foresail_machine_orphans",
    help: "Machines with this cluster's stamp and without a NodeClaim, at the last sweep",
    registers,
  });
  const removed = new Counter({
    name: "foresail_machine_orphans_removed_total",
    help: "Machines that were removed because their NodeClaim does not exist",
    registers,
  });
  const ends = new Counter({
    name: "foresail_machine_claims_ended_total",
    help: "NodeClaims deleted by the provider, by reason",
    labelNames: ["reason"],
    registers,
  });
  return {
    called: (verb, outcome, ms) => {
      calls.inc({ verb, outcome });
      seconds.observe({ verb }, ms / 1000);
    },
    suspected: (machines) => suspects.set(machines),
    orphanRemoved: () => removed.inc(),
    ended: (reason) => ends.inc({ reason }),
  };
}
