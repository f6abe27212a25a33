import type { Registry } from "prom-client";
import type { Cloud, CloudFactory } from "../../cloud/cloud.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import { isServed } from "../../core/machine/claim-facts.ts";
import type { Quota } from "../../core/machine/failure.ts";
import type { Newest } from "../../core/machine/world.ts";
import type { Clock } from "../../kube/clock.ts";
import type { Kube } from "../../kube/kube.ts";
import { NAMESPACES } from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import type { Log } from "../../log.ts";
import type { Caches } from "../caches.ts";
import { createQueue, type Outcome, QUEUE_TIMING, type Queue } from "../queue.ts";
import type { MachineHands } from "./act.ts";
import { createAttachments } from "./attachments.ts";
import type { MachineSources } from "./gather.ts";
import { lookAtClaim } from "./look.ts";
import { measuredCloud } from "./measured-cloud.ts";
import { createMachineMemory, type MachineMemory } from "./memory.ts";
import { type MachineMetrics, machineMetrics } from "./metrics.ts";
import { createQuotas, type Quotas } from "./quotas.ts";
import { createSight } from "./sight.ts";
import { sweepMachines } from "./sweep.ts";

// Claims looked at at once. Most of a look is waiting for one list of machines that all share.
const CONCURRENCY = 16;
const SWEEP_MS = 2 * 60_000;

export interface MachinesOptions {
  readonly kube: Kube;
  readonly cloud: CloudFactory;
  readonly caches: Caches;
  readonly catalogue: () => Catalogue;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: Log;
  /** Told when quotas were read, or do not hold any more. */
  readonly quotasChanged: () => void;
  /** Time between two sweeps; default two minutes. */
  readonly sweepMs?: number;
}

/** Serves NodeClaims of foresail.dev/AgentPoolClass: the provider's side of the process. */
export interface Machines {
  /** Looks at claims soon; without effect while this process does not lead. */
  wake(claims: readonly string[], batch: boolean): void;
  /** Quotas of the cloud, by instance type; undefined while they are not known. */
  readonly quotas: ReadonlyMap<string, Quota> | undefined;
  /** A claim is gone, and what was read of quotas holds no more. */
  claimGone(): void;
  /** Acts until `leading` is aborted; resolves when the last action under way has ended. */
  lead(leading: AbortSignal, mayWrite: () => boolean): Promise<void>;
  /** Ends connections to the cloud. */
  close(): void;
}

export function createMachines(options: MachinesOptions): Machines {
  return new LedMachines(options);
}

class LedMachines implements Machines {
  readonly #options: MachinesOptions;
  readonly #memory: MachineMemory;
  readonly #metrics: MachineMetrics;
  #cloud: Cloud | undefined;
  #queue: Queue | undefined;
  #quotas: Quotas | undefined;
  #newest: Newest = { images: {} };

  constructor(options: MachinesOptions) {
    const { clock, registry } = options;
    this.#options = options;
    this.#memory = createMachineMemory(clock);
    this.#metrics = machineMetrics(registry, (fact) => this.#memory.count(fact));
  }

  wake(claims: readonly string[], batch: boolean): void {
    for (const name of claims) this.#queue?.add(name, batch);
  }

  get quotas(): ReadonlyMap<string, Quota> | undefined {
    return this.#quotas?.known;
  }

  claimGone(): void {
    this.#quotas?.outdated();
  }

  async lead(leading: AbortSignal, mayWrite: () => boolean): Promise<void> {
    const { kube, caches, catalogue, clock, log, quotasChanged } = this.#options;
    const cluster = await this.#identity(leading);
    if (cluster === undefined) return;
    const memory = this.#memory;
    memory.clear();
    this.#cloud ??= this.#options.cloud(cluster, (machine, keys) => memory.leavesOut(machine, keys));
    const sight = createSight(measuredCloud(this.#cloud, clock, this.#metrics.called), clock);
    const hands: MachineHands = { kube, caches, sight, memory, metrics: this.#metrics, log, mayWrite };
    const sources: MachineSources = {
      attachments: createAttachments(kube, clock),
      caches,
      catalogue,
      sight,
      memory,
      clock,
      cluster,
      newest: () => this.#newest,
    };
    const queue = createQueue({
      run: (name) => this.#look(sources, hands, name, leading),
      concurrency: CONCURRENCY,
      timing: { ...QUEUE_TIMING, backoffMaxMs: 30_000 },
    });
    this.#queue = queue;
    this.wake(this.#served(), false);
    this.#quotas = createQuotas(this.#cloud, clock, log, quotasChanged);
    await Promise.all([this.#sweepUntil(hands, cluster, leading), this.#quotas.readUntil(leading)]);
    this.#queue = undefined;
    await queue.stop();
  }

  close(): void {
    this.#cloud?.close();
  }

  /** What stamps name this cluster by: the UID of its oldest object, which no other cluster has. Undefined: the lead ended. */
  async #identity(leading: AbortSignal): Promise<string | undefined> {
    const { kube, clock, log } = this.#options;
    while (!leading.aborted) {
      try {
        const system = await get(kube, { resource: NAMESPACES, name: "kube-system" }, { signal: leading });
        if (system?.metadata.uid !== undefined) return system.metadata.uid;
      } catch (error) {
        if (!leading.aborted)
          log.warn({ err: error }, "namespace kube-system, whose UID stamps machines, cannot be read");
      }
      await clock.sleep(5_000, leading).catch(() => undefined);
    }
    return undefined;
  }

  #served(): readonly string[] {
    return this.#options.caches.claims
      .list()
      .filter(isServed)
      .map(({ metadata }) => metadata.name);
  }

  async #look(sources: MachineSources, hands: MachineHands, name: string, signal: AbortSignal): Promise<Outcome> {
    const claim = sources.caches.claims.get(undefined, name);
    if (claim === undefined || !isServed(claim)) {
      this.#queue?.drop(name);
      return { kind: "done" };
    }
    try {
      const againMs = await lookAtClaim(sources, hands, claim, signal);
      return againMs === undefined ? { kind: "done" } : { kind: "done", againMs };
    } catch (error) {
      if (!signal.aborted) hands.log.warn({ claim: name, err: error }, "will be tried again");
      return { kind: "failed" };
    }
  }

  async #sweepUntil(hands: MachineHands, cluster: string, leading: AbortSignal): Promise<void> {
    const { clock, log, sweepMs = SWEEP_MS } = this.#options;
    while (!leading.aborted) {
      try {
        const { newest, missing } = await sweepMachines(hands, cluster, leading);
        this.#newest = newest;
        this.wake(missing, false);
      } catch (error) {
        if (!leading.aborted) log.warn({ err: error }, "machines and claims could not be compared");
      }
      // Spread, so that clusters of one subscription do not ask at the same moment.
      await clock.sleep(sweepMs * (0.9 + Math.random() / 5), leading).catch(() => undefined);
    }
  }
}
