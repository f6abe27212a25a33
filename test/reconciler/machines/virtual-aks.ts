import type { Cloud } from "../../../src/cloud/cloud.ts";
import { CloudError } from "../../../src/cloud/cloud.ts";
import { isDeleting } from "../../../src/core/capacity/pod.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { MachineAction } from "../../../src/core/machine/action.ts";
import { claimFacts, TERMINATION_FINALIZER } from "../../../src/core/machine/claim-facts.ts";
import { suspectKey, sweep } from "../../../src/core/machine/orphans.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import { MACHINE_LIMITS, type MachineWorld } from "../../../src/core/machine/world.ts";
import type { Clock } from "../../../src/kube/clock.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { createMachineMemory, type MachineMemory } from "../../../src/reconciler/machines/memory.ts";
import { createSight, type Sight } from "../../../src/reconciler/machines/sight.ts";
import { provider } from "../../cloud/aks/support/provider.ts";
import { CLUSTER, changed, claim } from "../../core/machine/facts.ts";
import { type VirtualClock, virtualClock } from "../../support/arm/clock.ts";
import { type FakeArm, type FakeArmOptions, startFakeArm } from "../../support/arm/fake-arm.ts";
import { type VirtualNodes, virtualNodes } from "./virtual-nodes.ts";

const NEVER = new AbortController().signal;
/** Between two looks at every claim: as often as the shipped process asks the cloud at most. */
const STEP_MS = 10_000;
const SWEEP_MS = 120_000;
const SIZES = Object.fromEntries(loadCatalogue().current.instanceTypes.map((type) => [type.name, type]));

export interface Ending {
  readonly claim: string;
  readonly reason: string;
  readonly afterMs: number;
}

/**
 * The provider's side of the reconciler on virtual time: its decisions, what it remembers and what it sees of the cloud are
 * the shipped ones, over the real SDK and a fake ARM. Claims and Nodes are plain objects, and a look comes every 10 s.
 */
export class VirtualAks {
  readonly arm: FakeArm;
  readonly nodes: VirtualNodes;
  readonly claims = new Map<string, JsonObject>();
  /** Claims that were deleted by the provider itself. */
  readonly endings: Ending[] = [];
  readonly #clock: VirtualClock;
  readonly #own: Clock;
  readonly #cloud: Cloud;
  #memory: MachineMemory;
  #sight: Sight;
  #uid = 0;
  #sinceSweepMs = 0;

  static async start(options: FakeArmOptions = {}): Promise<VirtualAks> {
    const clock = virtualClock();
    return new VirtualAks(await startFakeArm({ ...options, clock }), clock);
  }

  private constructor(arm: FakeArm, clock: VirtualClock) {
    this.arm = arm;
    this.#clock = clock;
    this.nodes = virtualNodes(() => arm.state());
    const startedMs = clock.nowMs();
    this.#own = {
      wallMs: () => clock.nowMs(),
      monotonicMs: () => clock.nowMs() - startedMs,
      sleep: async (ms) => clock.advance(ms),
    };
    const { subscription, resourceGroup, cluster, region } = arm.settings();
    const where = { subscriptionId: subscription, resourceGroup, clusterName: cluster, region };
    this.#cloud = provider({ ...where, armEndpoint: arm.url, clusterIdentity: CLUSTER }, this.#own);
    this.#memory = createMachineMemory(this.#own);
    this.#sight = createSight(this.#cloud, this.#own);
  }

  /** As a process that was killed and started again: nothing is remembered. */
  restart(): void {
    this.#memory = createMachineMemory(this.#own);
    this.#sight = createSight(this.#cloud, this.#own);
  }

  async stop(): Promise<void> {
    this.#cloud.close();
    await this.arm.close();
  }

  /** A claim as the planner makes it, with a UID of its own. */
  create(name: string, patch: JsonObject = {}): void {
    const creationTimestamp = new Date(this.#clock.nowMs()).toISOString();
    const metadata = { name, uid: `claim-${++this.#uid}`, creationTimestamp, finalizers: [] };
    this.claims.set(name, changed(claim({ metadata }), patch));
  }

  delete(name: string): void {
    const known = this.claims.get(name);
    if (known === undefined || isDeleting(known)) return;
    const deletionTimestamp = new Date(this.#clock.nowMs()).toISOString();
    if (claimFacts(known).hasFinalizer) this.claims.set(name, changed(known, { metadata: { deletionTimestamp } }));
    else this.claims.delete(name);
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
      if (leftMs <= 0)
        throw new Error(`${what}: not within ${mostMs / 60_000} min; ${JSON.stringify([...this.claims])}`);
      await this.#step(STEP_MS);
    }
  }

  async #step(ms: number): Promise<void> {
    this.#clock.advance(ms);
    this.nodes.follow(this.#clock.nowMs());
    this.#sinceSweepMs += ms;
    if (this.#sinceSweepMs >= SWEEP_MS) {
      this.#sinceSweepMs = 0;
      await this.#sweep();
    }
    for (const name of [...this.claims.keys()]) await this.#look(name);
  }

  async #look(name: string): Promise<void> {
    const raw = this.claims.get(name);
    if (raw === undefined) return;
    const { uid } = claimFacts(raw);
    const world = await this.#world(raw);
    const plan = planMachine(world);
    this.#memory.holds(uid, plan.holds);
    for (const action of plan.actions) if (!(await this.#carryOut(name, action))) return;
  }

  async #world(raw: JsonObject): Promise<MachineWorld> {
    const { name, uid, hasFinalizer } = claimFacts(raw);
    const failed = this.#memory.failure(uid);
    const served = [...this.claims.values()];
    return {
      nowMs: this.#clock.nowMs(),
      clockSteady: true,
      claim: raw,
      cluster: CLUSTER,
      sizes: SIZES,
      sighting: hasFinalizer
        ? await this.#sight.look(name, NEVER)
        : { kind: "unknown", failure: { reason: "Unavailable", message: "not asked yet" } },
      nodes: this.nodes.ofPool(name),
      pods: [],
      attachments: [],
      heldMs: this.#memory.heldMs(uid),
      ...(failed === undefined ? {} : { failed }),
      fleet: {
        nodes: served.filter((one) => claimFacts(one).nodeName !== undefined).length,
        unhealthy: this.#memory.count("unhealthy"),
        ending: served.filter(isDeleting).length,
      },
      newest: { images: {} },
      limits: MACHINE_LIMITS,
    };
  }

  /** False where the cloud did not accept it. */
  async #carryOut(name: string, action: MachineAction): Promise<boolean> {
    const raw = this.claims.get(name);
    if (raw === undefined) return false;
    switch (action.kind) {
      case "addFinalizer":
        this.claims.set(name, changed(raw, { metadata: { finalizers: [TERMINATION_FINALIZER] } }));
        return true;
      case "releaseClaim":
        this.claims.delete(name);
        return true;
      case "patchClaim":
        this.claims.set(name, changed(raw, action.patch));
        return true;
      case "writeStatus":
        this.claims.set(name, { ...raw, status: action.status });
        return true;
      case "deleteClaim":
        this.endings.push({
          claim: name,
          reason: action.reason,
          afterMs: this.#clock.nowMs() - claimFacts(raw).createdMs,
        });
        this.delete(name);
        return true;
      case "createMachine":
        return await this.#ask(raw, "create", () => this.#sight.create(action.spec, NEVER));
      case "removeMachine":
        return await this.#ask(raw, "remove", () => this.#sight.remove(action.machine, NEVER));
      case "patchNode":
        this.nodes.patch(action.node.name, action.patch);
        return true;
      case "deleteNode":
        this.nodes.delete(action.node.name, this.#clock.nowMs());
        return true;
      case "evictPod":
      case "deletePod":
      case "event":
      case "requeue":
        return true;
    }
  }

  async #ask(raw: JsonObject, verb: "create" | "remove", call: () => Promise<void>): Promise<boolean> {
    const { uid } = claimFacts(raw);
    try {
      await call();
      this.#memory.succeeded(uid);
      return true;
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#memory.failed(uid, verb, error.failure);
      return false;
    }
  }

  async #sweep(): Promise<void> {
    const machines = await this.#sight.list(NEVER).catch(() => undefined);
    const claimUids = [...this.claims.values()].map((one) => claimFacts(one).uid);
    const suspicions = this.#memory.suspicions();
    const { orphans, suspects } = sweep({ cluster: CLUSTER, machines, claimUids, suspicions });
    this.#memory.suspects(suspects);
    for (const orphan of orphans) {
      const { name, etag } = orphan;
      const claimed = [...this.claims.values()].some((one) => claimFacts(one).uid === orphan.owner?.claimUid);
      if (claimed) throw new Error(`${suspectKey(orphan)} has a claim`);
      await this.#sight.remove(etag === undefined ? { name } : { name, etag }, NEVER);
    }
  }
}
