import { type Election, elect } from "../../src/kube/lease.ts";
import type { Log } from "../../src/log.ts";
import { LEASE } from "../../src/reconciler/main.ts";
import { assemble, lead, type Process, type ProcessOptions } from "../../src/reconciler/process.ts";
import type { Stage } from "./actor.ts";
import type { ApiServer } from "./api-server.ts";
import type { SimulatedCloud } from "./cloud.ts";
import { type Connection, connectTo } from "./connection.ts";
import type { Weather } from "./weather.ts";

/** The reconciler as it ships, on a simulated connection. */
export interface SimulatedReconciler {
  readonly process: Process;
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** Ends at once, whatever is under way. */
  kill(): void;
  /** Ends at one of its next writes. */
  killAtWrite(others: number): void;
  readonly isAlive: boolean;
  /** Whether it may write at this moment. */
  leads(): boolean;
}

export interface Surroundings {
  readonly api: ApiServer;
  readonly stage: Stage;
  readonly weather: Weather;
  readonly log: Log;
  /** As they are when a process starts. */
  readonly options: () => ProcessOptions;
  /** Where the reconciler gets machines itself. */
  readonly cloud: SimulatedCloud | undefined;
}

/** @param identity its name in the election; absent: it acts at once, as with `--leader-elect=false` */
export function startSimulatedReconciler(around: Surroundings, identity?: string): SimulatedReconciler {
  const ending = new AbortController();
  const { signal } = ending;
  const connection = connectTo(around.api, around.stage, around.weather);
  const { cloud } = around;
  const options = around.options();
  const whole = cloud === undefined ? options : { ...options, cloud: () => cloud.connect(() => signal.aborted) };
  const process = assemble(whole, around.log, connection, signal);
  const { namespace } = options;
  const election: Election | undefined =
    identity === undefined
      ? undefined
      : elect(connection, {
          namespace,
          name: LEASE,
          identity,
          signal,
          onStartedLeading: (leading) => lead(process, leading, () => election?.isLeader() === true),
          onError: (error) => around.log.warn({ err: error }, "leader election"),
        });
  if (election === undefined) void lead(process, signal, () => true);
  return {
    process,
    connection,
    signal,
    kill: () => {
      connection.die();
      ending.abort(new Error("killed"));
    },
    killAtWrite: (others) => connection.dieAtWrite(others, () => ending.abort(new Error("killed at a write"))),
    get isAlive() {
      return !signal.aborted;
    },
    leads: () => !signal.aborted && (election === undefined || election.isLeader()),
  };
}
