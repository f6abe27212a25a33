import { type Cloud, CloudError } from "../../src/cloud/cloud.ts";
import { objectAt } from "../../src/core/capacity/fields.ts";
import { findInstanceType, type Release } from "../../src/core/catalogue.ts";
import type { CloudReason } from "../../src/core/machine/failure.ts";
import type { Machine, MachineSpec } from "../../src/core/machine/machine.ts";
import { later, type Stage, setCondition, setStatus } from "./actor.ts";
import type { Supply } from "./karpenter.ts";
import { nodeName, nodeOf } from "./pool-node.ts";
import { unheard } from "./unheard.ts";

/** The machine of another cluster in the same resource group. */
export const OTHERS = "others";
const SOME_SIZE = "Standard_NC24ads_A100_v4";
const REFUSALS: readonly CloudReason[] = [
  "FamilyQuotaExceeded",
  "SizeNotAvailable",
  "AllocationFailed",
  "ZonalAllocationFailed",
  "OverconstrainedAllocation",
];

/** What goes wrong between the provider and its cloud; each a probability for one call. */
export interface CloudWeather {
  /** Refused for a reason that says nothing of the machine. */
  busy: number;
  /** Carried out, the answer lost. */
  answerLost: number;
}

/** A machine as the cloud keeps it. */
interface Pool {
  machine: Machine;
  readonly spec: MachineSpec;
}

/** A cloud with its machines, and AKS's part in the cluster: a Node for each that runs. */
export class SimulatedCloud {
  readonly pools = new Map<string, Pool>();
  /** What no provider may do. */
  readonly faults: string[] = [];
  readonly #stage: Stage;
  readonly #release: Release;
  readonly #supply: Supply;
  readonly #weather: CloudWeather;
  #etags = 0;

  constructor(stage: Stage, release: Release, supply: Supply, weather: CloudWeather) {
    this.#stage = stage;
    this.#release = release;
    this.#supply = supply;
    this.#weather = weather;
    this.#add(OTHERS, { cluster: "another cluster", claim: OTHERS, claimUid: "uid-of-others", createdMs: 0 });
  }

  /** A machine that came about without a claim of today: it carries this stamp. */
  appear(name: string, cluster: string): void {
    this.#stage.befalls("machine without a claim");
    this.#add(name, { cluster, claim: name, claimUid: `uid-of-${name}`, createdMs: 0 });
  }

  #add(name: string, owner: MachineSpec["owner"]): void {
    const spec: MachineSpec = {
      name,
      owner,
      instanceType: SOME_SIZE,
      capacityType: "on-demand",
      labels: {},
      taints: [],
    };
    const machine: Machine = { ...spec, state: "running", etag: String(++this.#etags) };
    this.pools.set(name, { spec, machine });
  }

  /** The cloud as one process reaches it. */
  connect(isDead: () => boolean): Cloud {
    const call = async <T>(signal: AbortSignal, run: () => T): Promise<T> => {
      if (isDead()) return await unheard(signal);
      await this.#stage.time.sleep(20 + this.#stage.random.below(400));
      // Half of what is on the wire when the process dies still arrives.
      if (isDead() && this.#stage.random.next() < 0.5) return await unheard(signal);
      if (this.#stage.random.next() < this.#weather.busy) this.#busy();
      const answer = run();
      await this.#stage.time.sleep(20 + this.#stage.random.below(400));
      if (isDead()) return await unheard(signal);
      if (this.#stage.random.next() < this.#weather.answerLost) {
        this.#stage.befalls("answer of the cloud lost");
        throw new CloudError({ reason: "Unavailable", message: "simulated: the connection was reset" });
      }
      return answer;
    };
    return {
      create: async (spec, signal) => await call(signal, () => this.#create(spec)),
      get: async (name, signal) => await call(signal, () => this.pools.get(name)?.machine),
      list: async (signal) => await call(signal, () => [...this.pools.values()].map(({ machine }) => machine)),
      names: async (signal) => await call(signal, () => new Set(this.pools.keys())),
      remove: async ({ name, etag }, signal) => await call(signal, () => this.#remove(name, etag)),
      quotas: async () => new Map(),
      close: () => {},
    };
  }

  /** Taken away by somebody else, in a portal. */
  takeAway(name: string): void {
    const pool = this.pools.get(name);
    if (pool === undefined) return;
    this.pools.delete(name);
    const node = this.#stage.store.get("nodes", undefined, nodeName(pool.spec));
    if (node === undefined) return;
    setCondition(this.#stage, "nodes", node, { type: "Ready", status: "Unknown" });
    // The cloud controller deletes it; a finalizer may keep it.
    later(this.#stage, "nodes", node, 30_000, (live) =>
      this.#stage.store.delete("nodes", undefined, live.metadata.name),
    );
  }

  #busy(): never {
    const { random } = this.#stage;
    const reason = random.pick(["Throttled", "OperationInProgress", "Unavailable"] as const);
    if (reason === "Throttled") this.#stage.befalls("throttled by the cloud");
    throw new CloudError({
      reason,
      message: `simulated: ${reason}`,
      ...(reason === "Throttled" ? { retryAfterMs: 1_000 + random.below(60_000) } : {}),
    });
  }

  #create(spec: MachineSpec): void {
    const there = this.pools.get(spec.name);
    if (there !== undefined) {
      if (there.spec.owner.claimUid === spec.owner.claimUid) return;
      throw new CloudError({ reason: "NameTaken", message: "simulated: another claim's machine has this name" });
    }
    for (const { spec: other } of this.pools.values())
      if (other.owner.claimUid === spec.owner.claimUid) this.faults.push(`${spec.owner.claim} has two machines`);
    const refused = this.#stage.random.next() < this.#supply.refused;
    if (refused) this.#stage.befalls("offering out of stock");
    const message = "simulated: not to be had";
    if (refused && this.#stage.random.next() < 0.5)
      throw new CloudError({ reason: this.#stage.random.pick(REFUSALS), message });
    const { name, owner, instanceType, capacityType, zone } = spec;
    const pool: Pool = {
      spec,
      machine: {
        name,
        owner,
        instanceType,
        capacityType,
        state: "creating",
        etag: String(++this.#etags),
        ...(zone === undefined ? {} : { zone }),
      },
    };
    this.pools.set(name, pool);
    this.#after(pool, 30_000 + this.#stage.random.below(400_000), () => {
      if (refused) this.#become(pool, "failed", this.#stage.random.pick(REFUSALS));
      else this.#run(pool);
    });
  }

  #remove(name: string, etag: string | undefined): void {
    const pool = this.pools.get(name);
    if (pool === undefined) return;
    if (name === OTHERS) this.faults.push("the machine of another cluster is removed");
    if (etag !== undefined && etag !== pool.machine.etag)
      throw new CloudError({ reason: "OperationInProgress", message: "simulated: it changed in between" });
    if (pool.machine.state === "deleting") return;
    this.#become(pool, "deleting");
    this.#after(pool, 20_000 + this.#stage.random.below(200_000), () => this.takeAway(name));
  }

  #become(pool: Pool, state: Machine["state"], reason?: CloudReason): void {
    const failure = reason === undefined ? {} : { failure: { reason, message: "simulated: not to be had" } };
    pool.machine = { ...pool.machine, state, etag: String(++this.#etags), ...failure };
  }

  #run(pool: Pool): void {
    if (pool.machine.state !== "creating") return;
    const { random, store } = this.#stage;
    this.#become(pool, "running");
    if (random.next() < this.#supply.neverJoins) {
      this.#stage.befalls("node never joined", pool.spec.owner.claimUid);
      return;
    }
    this.#after(pool, 5_000 + random.below(60_000), () => {
      if (pool.machine.state !== "running") return;
      const size = findInstanceType(this.#release, pool.spec.instanceType);
      const node = store.create("nodes", nodeOf(pool.spec, size));
      later(this.#stage, "nodes", node, 3_000, (live) =>
        setCondition(this.#stage, "nodes", live, { type: "Ready", status: "True" }),
      );
      if (random.next() < this.#supply.lost)
        this.#after(pool, random.below(3_600_000), () => {
          this.#stage.befalls("machine evicted", pool.spec.owner.claimUid);
          this.takeAway(pool.spec.name);
        });
      if (random.next() < this.#supply.noGpus) {
        this.#stage.befalls("GPUs never came", pool.spec.owner.claimUid);
        return;
      }
      later(this.#stage, "nodes", node, 10_000 + random.below(60_000), (live) => {
        const gpus = { "nvidia.com/gpu": String(size?.gpuCount ?? 1) };
        setStatus(this.#stage, "nodes", live, { allocatable: { ...objectAt(live, "status", "allocatable"), ...gpus } });
      });
    });
  }

  #after(pool: Pool, ms: number, run: () => void): void {
    setTimeout(() => {
      if (this.pools.get(pool.spec.name) === pool) run();
    }, ms);
  }
}
