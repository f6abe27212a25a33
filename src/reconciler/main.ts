import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { KAITO_GROUP } from "../core/kinds/workspace.ts";
import { systemClock } from "../kube/clock.ts";
import { connect } from "../kube/connect.ts";
import type { Kube } from "../kube/kube.ts";
import { elect } from "../kube/lease.ts";
import type { Log } from "../log.ts";
import { serveMetrics } from "../metrics.ts";
import { followDefinition } from "./definition.ts";
import { blindness, serveHealth } from "./health.ts";
import { lookAround } from "./look-around.ts";
import { assemble, ignoreAbort, lead, type Process, type ProcessOptions, refusalNow, wakeAll } from "./process.ts";

/** Name of the Lease by which one replica leads. */
export const LEASE = "foresail-reconciler";

export interface ReconcilerOptions extends ProcessOptions {
  /** Absent: the pod's own ServiceAccount. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** False: act at once; the caller sees to it that no other reconciler runs. */
  readonly leaderElect: boolean;
  readonly healthPort: number;
  readonly metricsPort: number;
}

export interface RunningReconciler {
  readonly healthPort: number;
  /** Undefined when the port for metrics could not be had. */
  readonly metricsPort: number | undefined;
  /** Ends what is under way, gives the lease back, closes connections. */
  stop(): Promise<void>;
}

/**
 * Starts watching and, once it leads, acting. Followers keep their caches warm. Rejects when the catalogue is wrong, the
 * connection cannot be set up or the health port is taken.
 */
export async function startReconciler(options: ReconcilerOptions, log: Log): Promise<RunningReconciler> {
  const kube = await connectTo(options);
  const ending = new AbortController();
  const process = assemble(options, log, kube, ending.signal);
  const startedMs = systemClock.monotonicMs();
  let synced = false;
  void process.synced.then(() => {
    synced = true;
    log.info({ workspaces: process.caches.workspaces.size }, "every list is in");
    void lookAround(process, ending.signal);
  }, ignoreAbort);
  const health = await serveHealth(options.healthPort, {
    alive: () => blindness(process.followers, startedMs, systemClock.monotonicMs()),
    ready: () => (synced ? refusalNow(process) : "lists are still coming in"),
  });
  const scraped = await serveMetrics(process.registry, options.metricsPort, log);
  const { provider } = options.installation.settings;
  const ports = { healthPort: health.port, metrics: scraped.port };
  log.info({ server: kube.server, catalogue: process.sources.catalogue.current.id, provider, ...ports }, "started");
  const looked = options.installation.groups.includes(KAITO_GROUP)
    ? followDefinition(process, () => wakeAll(process), ending.signal)
    : undefined;
  const led = options.leaderElect ? elected(process, ending.signal) : lead(process, ending.signal, () => true);
  return {
    healthPort: health.port,
    metricsPort: scraped.port,
    stop: async () => {
      log.info("stopping");
      ending.abort(new Error("the process is stopping"));
      await Promise.all([led, looked]);
      await Promise.all(process.followers.map((follower) => follower.done));
      await Promise.all([health.stop(), scraped.stop()]);
      await kube.close();
      process.machines?.close();
      log.info("stopped");
    },
  };
}

async function connectTo({ kubeconfig, context }: ReconcilerOptions): Promise<Kube> {
  if (kubeconfig === undefined) return await connect({ inCluster: true, userAgent: "foresail-reconciler" });
  return await connect({ kubeconfig, ...(context === undefined ? {} : { context }), userAgent: "foresail-reconciler" });
}

async function elected(process: Process, signal: AbortSignal): Promise<void> {
  const { log, options } = process;
  const election = elect(process.kube, {
    namespace: options.namespace,
    name: LEASE,
    identity: `${hostname()}-${randomBytes(4).toString("hex")}`,
    signal,
    onStartedLeading: (leading) => lead(process, leading, () => election.isLeader()),
    onStoppedLeading: () => log.info("does not lead any more"),
    onError: (error) => log.warn({ err: error }, "leader election"),
  });
  await election.done;
}
