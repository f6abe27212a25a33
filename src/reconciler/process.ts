import type { Registry } from "prom-client";
import type { LiveCatalogue } from "../catalogue-watch.ts";
import type { CloudFactory } from "../cloud/cloud.ts";
import { FOREIGN_DEFINITION } from "../core/take-over/definition.ts";
import { backoffMs } from "../kube/backoff.ts";
import { systemClock } from "../kube/clock.ts";
import { isUnserved } from "../kube/error.ts";
import type { Follower } from "../kube/follow.ts";
import type { Kube } from "../kube/kube.ts";
import { refresh } from "../kube/refresh.ts";
import { NODE_CLAIMS } from "../kube/resources.ts";
import type { Log } from "../log.ts";
import { catalogueMetrics, createRegistry } from "../metrics.ts";
import { type Caches, startCaches } from "./caches.ts";
import { watchCatalogue } from "./catalogue.ts";
import { usersOfClaim } from "./claim-users.ts";
import type { Installation, Sources } from "./gather.ts";
import { kaitoRunsAt } from "./kaito.ts";
import { keyOfObject, keyOfShare, ownerOfClaim, shareOfClaim, shareOfPreset } from "./keys.ts";
import { createMachines, type Machines } from "./machines/machines.ts";
import { createMemory, type Memory } from "./memory.ts";
import { type ReconcilerMetrics, reconcilerMetrics } from "./metrics.ts";
import { createQueue, type Queue } from "./queue.ts";
import { reconcile } from "./reconcile.ts";
import { slim } from "./slim.ts";

// Workspaces looked at at once: enough to hide the latency of a dozen small calls, few enough to be polite.
const CONCURRENCY = 8;
const READ_AGAIN = { minMs: 500, maxMs: 20_000 };

/** What a process needs to know beside its connection. */
export interface ProcessOptions {
  /** Namespace of the Lease and of the ConfigMaps with catalogue data. */
  readonly namespace: string;
  readonly installation: Installation;
  readonly catalog: readonly string[];
  /** Where machines come from, when this process is the provider of the claims. */
  readonly cloud?: CloudFactory;
}

/** What one process consists of. */
export interface Process {
  readonly options: ProcessOptions;
  readonly log: Log;
  readonly kube: Kube;
  readonly caches: Caches;
  readonly followers: readonly Follower[];
  /** Resolves when every list is in. */
  readonly synced: Promise<void>;
  readonly memory: Memory;
  readonly sources: Sources;
  readonly registry: Registry;
  readonly metrics: ReconcilerMetrics;
  readonly machines: Machines | undefined;
  /** Where changes go while this process leads. */
  queue: Queue | undefined;
}

/** Starts watching. Throws CatalogueError when the catalogue is wrong. */
export function assemble(options: ProcessOptions, log: Log, kube: Kube, signal: AbortSignal): Process {
  const memory = createMemory(systemClock);
  const wake = (keys: readonly string[], batch: boolean): void => {
    for (const key of keys) process.queue?.add(key, batch);
  };
  const { installation } = options;
  const registry = createRegistry();
  // First, because files that are wrong end the process before anything is watched.
  const live = measuredCatalogue({ options, log, kube, signal, registry }, () => wake(allKeys(caches), true));
  const caches = startCaches({ kube, signal, log }, installation.groups, {
    wake,
    claimGone: (claim) => {
      memory.gone(usersOfClaim(caches, claim), claim, systemClock.wallMs());
      process.machines?.claimGone();
    },
    claimsTouched: (claims) => process.machines?.wake(claims, true),
    kaitoChanged: () => wake(allKeys(caches), false),
    // Every replica sees the change; the one that leads counts it, and forgets once nothing is left.
    workspaceChanged: (before, after) => {
      if (process.queue !== undefined) process.metrics.changed(before, after);
      else if (before !== undefined && after === undefined) memory.forget(keyOfObject(before));
    },
    launched: () => wake(nextToLaunch(caches, memory, installation), true),
  });
  const sources: Sources = {
    kube,
    caches,
    memory,
    installation,
    nowMs: () => systemClock.wallMs(),
    // Asked anew for every look.
    get catalogue() {
      return live.current();
    },
    get quotas() {
      return process.machines?.quotas;
    },
  };
  const { cloud } = options;
  const catalogue = live.current;
  const clock = systemClock;
  const quotasChanged = (): void => wake(allKeys(caches), true);
  const process: Process = {
    options,
    log,
    kube,
    caches,
    followers: [...caches.followers, live.follower],
    synced: Promise.all([caches.synced, live.synced]).then(() => undefined),
    memory,
    sources,
    registry,
    metrics: reconcilerMetrics(registry, {
      caches,
      queue: () => process.queue,
      release: () => live.current().current,
      nowMs: systemClock.wallMs,
    }),
    machines: cloud && createMachines({ kube, cloud, caches, catalogue, clock, registry, log, quotasChanged }),
    queue: undefined,
  };
  return process;
}

interface Measured extends Pick<Process, "options" | "log" | "kube" | "registry"> {
  readonly signal: AbortSignal;
}

function measuredCatalogue({ options, registry, ...rest }: Measured, onChange: () => void): LiveCatalogue {
  const { namespace, catalog } = options;
  const live = watchCatalogue({ ...rest, namespace, catalog, onChange, onRefused: () => refusals.refused() });
  const refusals = catalogueMetrics(registry, live.current);
  return live;
}

/** Whose turn it is: as many owners as nodes may be launched, first those that launch none, who waits longest before others. */
function nextToLaunch({ totals }: Caches, memory: Memory, { mostLaunching }: Installation): readonly string[] {
  const [none, some] = [false, true].map((launches) =>
    memory.awaitingLaunch().filter((key) => totals.launching.has(key) === launches),
  );
  return [...(none ?? []), ...(some ?? [])].slice(0, Math.max(0, mostLaunching - totals.launchingCount));
}

/** Workspaces, owners of claims that may not exist any more, and pods that ask for a preset. */
function allKeys(caches: Caches): readonly string[] {
  const claims = caches.claims.list();
  const shares = [...claims.flatMap(shareOfClaim), ...caches.pods.list().flatMap(shareOfPreset)].map(keyOfShare);
  return [...new Set([...caches.workspaces.list().map(keyOfObject), ...claims.flatMap(ownerOfClaim), ...shares])];
}

/** Looks at everything soon. */
export function wakeAll({ caches, queue }: Pick<Process, "caches" | "queue">): void {
  for (const key of allKeys(caches)) queue?.add(key);
}

/** Why nothing is written at the moment. */
export function refusalNow({ caches, memory }: Pick<Process, "caches" | "memory">): string | undefined {
  const where = kaitoRunsAt(caches.kaito);
  if (where === undefined && memory.foreignDefinition()) return FOREIGN_DEFINITION;
  return where === undefined ? undefined : `KAITO's controller runs (${where}): nothing is written until it is gone`;
}

/** Acts until `leading` is aborted; resolves when the last action under way has ended. */
export async function lead(process: Process, leading: AbortSignal, mayWrite: () => boolean): Promise<void> {
  const { log, sources, caches, memory, kube, metrics } = process;
  log.info("leads");
  memory.beginAnew();
  await Promise.race([process.synced.catch(ignoreAbort), aborted(leading)]);
  await claimsAsTheyAre(process, leading);
  if (leading.aborted) return;
  const refusal = refusalNow(process);
  if (refusal !== undefined) log.warn(refusal);
  const hands = { kube, caches, memory, log, mayWrite };
  const queue: Queue = createQueue({
    run: async (key) => {
      const startMs = systemClock.monotonicMs();
      const outcome = await reconcile({ sources, hands, signal: leading, queue: () => queue }, key);
      metrics.looked(outcome.kind, systemClock.monotonicMs() - startMs);
      return outcome;
    },
    concurrency: CONCURRENCY,
  });
  process.queue = queue;
  for (const key of allKeys(caches)) queue.add(key);
  await Promise.all([aborted(leading), process.machines?.lead(leading, mayWrite)]);
  process.queue = undefined;
  await queue.stop();
}

/**
 * Reads the claims once more before anything is made: a watch may be late by seconds, and what the former leader made last
 * counts against the limits.
 */
async function claimsAsTheyAre({ kube, caches, log }: Process, leading: AbortSignal): Promise<void> {
  for (let failures = 1; !leading.aborted; failures++) {
    try {
      return await refresh(kube, NODE_CLAIMS, caches.claims, { keep: slim, signal: leading });
    } catch (error) {
      if (isUnserved(error) || leading.aborted) return;
      log.warn({ err: error }, "claims are read again before anything is made");
      await systemClock.sleep(backoffMs(failures, READ_AGAIN), leading).catch(ignoreAbort);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

export function ignoreAbort(): void {
  // The only reason a list does not come in is that the process ends.
}
