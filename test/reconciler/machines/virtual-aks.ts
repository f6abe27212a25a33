import { pino } from "pino";
import { Registry } from "prom-client";
import { type Cloud, CloudError } from "../../../src/cloud/cloud.ts";
import { textAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { claimFacts } from "../../../src/core/machine/claim-facts.ts";
import type { Clock } from "../../../src/kube/clock.ts";
import { loadCatalogue } from "../../../src/load.ts";
import type { MachineHands } from "../../../src/reconciler/machines/act.ts";
import { createAttachments } from "../../../src/reconciler/machines/attachments.ts";
import type { MachineSources } from "../../../src/reconciler/machines/gather.ts";
import { lookAtClaim } from "../../../src/reconciler/machines/look.ts";
import { createMachineMemory } from "../../../src/reconciler/machines/memory.ts";
import { machineMetrics } from "../../../src/reconciler/machines/metrics.ts";
import { createSight } from "../../../src/reconciler/machines/sight.ts";
import { sweepMachines } from "../../../src/reconciler/machines/sweep.ts";
import { provider } from "../../cloud/aks/support/provider.ts";
import { CLUSTER, changed, claim } from "../../core/machine/facts.ts";
import { type VirtualClock, virtualClock } from "../../support/arm/clock.ts";
import { type FakeArm, type FakeArmOptions, startFakeArm } from "../../support/arm/fake-arm.ts";
import { type VirtualClaims, type VirtualCluster, virtualCluster } from "./virtual-cluster.ts";
import { type VirtualNodes, virtualNodes } from "./virtual-nodes.ts";

const NEVER = new AbortController().signal;
/** Between two looks at every claim: as often as the shipped process asks the cloud at most. */
const STEP_MS = 10_000;
const SWEEP_MS = 120_000;
/** ARM's clients give up a request after a minute. */
const PATIENCE_MS = 60_000;
const CATALOGUE = loadCatalogue();

export interface Ending {
  readonly claim: string;
  readonly reason: string;
  readonly afterMs: number;
}

/** What one process of the reconciler has. */
interface Process {
  readonly cloud: Cloud;
  readonly sources: MachineSources;
  readonly hands: MachineHands;
}

/**
 * The provider's side of the reconciler on virtual time: looks and sweeps are the shipped ones, over the real SDK, a fake ARM
 * and a virtual API server. What is not: the queue. A look at each claim comes every 10 s, one after the other.
 */
export class VirtualAks {
  readonly arm: FakeArm;
  readonly nodes: VirtualNodes;
  readonly claims: VirtualClaims;
  /** Claims that were deleted by the provider itself. */
  readonly endings: Ending[] = [];
  readonly #clock: VirtualClock;
  readonly #own: Clock;
  readonly #cluster: VirtualCluster;
  #process: Process;
  #sinceSweepMs = 0;
  #endsBy = "";

  static async start(options: FakeArmOptions = {}): Promise<VirtualAks> {
    const clock = virtualClock();
    // Whoever waits is the only one who does anything: time goes on for it.
    const sleep = async (ms: number): Promise<void> => clock.advance(ms);
    const arm = await startFakeArm({ patienceMs: PATIENCE_MS, ...options, clock: { ...clock, sleep } });
    return new VirtualAks(arm, clock);
  }

  private constructor(arm: FakeArm, clock: VirtualClock) {
    this.arm = arm;
    this.#clock = clock;
    const startedMs = clock.nowMs();
    this.#own = {
      wallMs: () => clock.nowMs(),
      monotonicMs: () => clock.nowMs() - startedMs,
      sleep: async (ms) => clock.advance(ms),
    };
    this.#cluster = virtualCluster(
      () => clock.nowMs(),
      (ending) => {
        const { name, createdMs } = claimFacts(ending);
        this.endings.push({ claim: name, reason: this.#endsBy, afterMs: clock.nowMs() - createdMs });
      },
    );
    this.claims = this.#cluster.claims;
    this.nodes = virtualNodes(this.#cluster.store, () => arm.state());
    this.#process = this.#started();
  }

  /** As a process that was killed and started again: nothing is remembered. */
  restart(): void {
    this.#process.cloud.close();
    this.#process = this.#started();
  }

  async stop(): Promise<void> {
    this.#process.cloud.close();
    await this.arm.close();
  }

  /** A claim as the planner makes it. */
  create(name: string, patch: JsonObject = {}): void {
    const fresh = claim({ metadata: { name, uid: null, creationTimestamp: null, finalizers: null } });
    this.claims.create(changed(fresh, patch));
  }

  delete(name: string): void {
    this.claims.delete(name);
  }

  /** Events about claims, as `reason note`, the oldest first. */
  events(): readonly string[] {
    return this.#cluster.store
      .list("events")
      .map((event) => `${textAt(event, "reason") ?? ""} ${textAt(event, "note") ?? ""}`);
  }

  /** Requests for a pool that were accepted. */
  made(name: string): number {
    return this.arm.calls().filter(({ call, pool, status }) => call === "put" && pool === name && Number(status) < 300)
      .length;
  }

  pools(): readonly string[] {
    return this.arm
      .state()
      .pools.map(({ name }) => name)
      .filter((name) => name !== "system");
  }

  /** Lets time go on, and looks at every claim on the way. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) await this.#step(Math.min(leftMs, STEP_MS));
  }

  /** The same until something holds; throws when it does not within a time. */
  async until(what: string, holds: () => boolean, mostMs = 60 * 60_000): Promise<void> {
    for (let leftMs = mostMs; !holds(); leftMs -= STEP_MS) {
      if (leftMs <= 0) {
        const left = this.claims.names.map((name) => this.claims.get(name));
        throw new Error(`${what}: not within ${mostMs / 60_000} min; ${JSON.stringify(left)}`);
      }
      await this.#step(STEP_MS);
    }
  }

  async #step(ms: number): Promise<void> {
    this.#clock.advance(ms);
    this.nodes.follow();
    this.#sinceSweepMs += ms;
    const { sources, hands } = this.#process;
    if (this.#sinceSweepMs >= SWEEP_MS) {
      this.#sinceSweepMs = 0;
      // One that the cloud does not let end is repeated two minutes later.
      await sweepMachines(hands, CLUSTER, NEVER).catch((error: unknown) => {
        if (!(error instanceof CloudError)) throw error;
      });
    }
    for (const name of this.claims.names) {
      // What the cloud does not accept is a fact of the next look, which is at once.
      for (let againMs: number | undefined = 0, looks = 0; againMs === 0 && looks < 2; looks++) {
        const known = sources.caches.claims.get(undefined, name);
        if (known !== undefined) againMs = await lookAtClaim(sources, hands, known, NEVER);
        else againMs = undefined;
      }
    }
  }

  #started(): Process {
    const { kube, caches } = this.#cluster;
    const clock = this.#own;
    const memory = createMachineMemory(clock);
    const { subscription, resourceGroup, cluster, region } = this.arm.settings();
    const where = { subscriptionId: subscription, resourceGroup, clusterName: cluster, region };
    const cloud = provider({ ...where, armEndpoint: this.arm.url, clusterIdentity: CLUSTER }, clock);
    const sight = createSight(cloud, clock);
    const log = pino({ level: process.env["FORESAIL_TEST_LOG"] ?? "silent" });
    const shipped = machineMetrics(new Registry(), (fact) => memory.count(fact));
    const metrics = {
      ...shipped,
      ended: (reason: string) => {
        this.#endsBy = reason;
        shipped.ended(reason);
      },
    };
    return {
      cloud,
      sources: {
        attachments: createAttachments(kube, clock),
        caches,
        catalogue: () => CATALOGUE,
        sight,
        memory,
        clock,
        cluster: CLUSTER,
        newest: () => ({ images: {} }),
      },
      hands: { kube, caches, sight, memory, metrics, log, mayWrite: () => true },
    };
  }
}
