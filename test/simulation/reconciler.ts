import type { Log } from "../../src/log.ts";
import { assemble, lead, type Process, type ProcessOptions } from "../../src/reconciler/process.ts";
import type { Random } from "../fuzz/random.ts";
import type { ApiServer } from "./api-server.ts";
import type { SimulatedCloud } from "./cloud.ts";
import { type Connection, connectTo, type Weather } from "./connection.ts";
import type { VirtualTime } from "./time.ts";

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
}

export interface Surroundings {
  readonly api: ApiServer;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly weather: Weather;
  readonly log: Log;
  readonly options: ProcessOptions;
  /** Where the reconciler gets machines itself. */
  readonly cloud: SimulatedCloud | undefined;
}

export function startSimulatedReconciler(around: Surroundings): SimulatedReconciler {
  const ending = new AbortController();
  const connection = connectTo(around.api, around.time, around.random, around.weather);
  const { cloud } = around;
  const options =
    cloud === undefined
      ? around.options
      : { ...around.options, cloud: () => cloud.connect(() => ending.signal.aborted) };
  const process = assemble(options, around.log, connection, ending.signal);
  void lead(process, ending.signal, () => true);
  return {
    process,
    connection,
    signal: ending.signal,
    kill: () => {
      connection.die();
      ending.abort(new Error("killed"));
    },
    killAtWrite: (others) => connection.dieAtWrite(others, () => ending.abort(new Error("killed at a write"))),
    get isAlive() {
      return !ending.signal.aborted;
    },
  };
}
