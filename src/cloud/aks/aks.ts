import type { AgentPool } from "@azure/arm-containerservice";
import { armErrors } from "../../core/machine/arm-error.ts";
import type { CloudReason } from "../../core/machine/failure.ts";
import type { Machine, MachineSpec } from "../../core/machine/machine.ts";
import { UsageError } from "../../option.ts";
import { type Cloud, CloudError } from "../cloud.ts";
import { poolBody } from "./body.ts";
import { type ArmClient, armClient } from "./client.ts";
import { ArmRefusal, cloudError } from "./cloud-error.ts";
import { endpointOf } from "./endpoint.ts";
import { identityOf } from "./identity.ts";
import type { AksOptions, AksSurroundings } from "./options.ts";
import { machineOf } from "./pool.ts";
import { PoolCount } from "./pool-count.ts";
import { aksProblems } from "./problems.ts";
import { QuotaReader } from "./quotas.ts";
import { Throttle } from "./throttle.ts";
import { Turns, TurnsByName } from "./turns.ts";

/**
 * Machines as agent pools of one node each. The SDK is loaded with the first call.
 *
 * Throws UsageError, with all that is wrong, where the options or the environment cannot be used.
 */
export function createAks(options: AksOptions, surroundings: AksSurroundings): Cloud {
  const { environment, clock } = surroundings;
  const problems = aksProblems(options, environment);
  const endpoint = endpointOf(options, environment);
  const identity = identityOf(options, environment);
  if (problems.length > 0 || typeof endpoint === "string") throw new UsageError(`aks: ${problems.join("; ")}`);
  const throttle = new Throttle(clock);
  return new Aks(options, surroundings, () => {
    // Where nobody signs in, an identity is no problem either.
    const signer = typeof identity === "string" ? undefined : identity;
    return armClient(options, endpoint, signer, surroundings, throttle);
  });
}

export type { AksOptions } from "./options.ts";

/** A pool that ended like this said nothing against the machine that was wanted: asking once more is right. */
const RETRIED: ReadonlySet<CloudReason> = new Set<CloudReason>(["Throttled", "OperationInProgress", "Unavailable"]);

class Aks implements Cloud {
  readonly #options: AksOptions;
  readonly #surroundings: AksSurroundings;
  readonly #connect: () => Promise<ArmClient>;
  readonly #quotas: QuotaReader;
  readonly #count: PoolCount;
  readonly #writes: Turns;
  readonly #byPool = new TurnsByName();
  /** As it was read last: what a delete on condition of its version need not read again. */
  readonly #read = new Map<string, Machine>();
  #client: Promise<ArmClient> | undefined;

  constructor(options: AksOptions, surroundings: AksSurroundings, connect: () => Promise<ArmClient>) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#connect = connect;
    this.#quotas = new QuotaReader(options, surroundings.clock);
    this.#count = new PoolCount(surroundings.clock, options.maxPools ?? 100, (signal) => this.#list(signal));
    this.#writes = new Turns(options.parallelWrites ?? 4);
  }

  create(spec: MachineSpec, signal: AbortSignal): Promise<void> {
    return this.#told(async () => {
      const made = poolBody(spec, this.#options);
      if ("problems" in made) throw new CloudError({ reason: "InvalidRequest", message: made.problems.join("; ") });
      if (made.leftOut.length > 0) this.#surroundings.leftOut?.(spec.name, made.leftOut);
      await this.#write(spec.name, signal, async () => {
        await this.#count.take(spec.name, signal);
        try {
          await this.#put(spec.name, made.body, { ifNoneMatch: "*" }, signal);
        } catch (error) {
          if (statusOf(error) === 412) return this.#meet(spec, made.body, signal);
          // A refusal is an answer; without one the pool may be there.
          if (error instanceof ArmRefusal && error.answer.status < 500) this.#count.giveBack(spec.name);
          throw error;
        }
      });
    });
  }

  get(name: string, signal: AbortSignal): Promise<Machine | undefined> {
    return this.#told(async () => {
      const pool = await this.#byPool.run(name, signal, () => this.#find(name, signal));
      const machine = pool && this.#machine(pool);
      if (machine !== undefined) this.#read.set(name, machine);
      return machine;
    });
  }

  /** The cluster's own document names its pools, and has no pages of which one could be missing. */
  names(signal: AbortSignal): Promise<ReadonlySet<string>> {
    return this.#told(async () => {
      const { clusters } = await this.#connected();
      const { resourceGroup, clusterName } = this.#options;
      const { agentPoolProfiles = [] } = await clusters.get(resourceGroup, clusterName, { abortSignal: signal });
      // A cluster has a pool of its own at least.
      if (agentPoolProfiles.length === 0) throw new Error("the cluster does not name its agent pools");
      return new Set(agentPoolProfiles.map(({ name }) => name));
    });
  }

  list(signal: AbortSignal): Promise<readonly Machine[]> {
    return this.#told(() => this.#list(signal));
  }

  remove({ name, etag }: Pick<Machine, "name" | "etag">, signal: AbortSignal): Promise<void> {
    return this.#told(() =>
      this.#write(name, signal, async () => {
        const machine = await this.#looked(name, etag, signal);
        if (machine === undefined) return;
        if (machine.owner === undefined) throw nameTaken(name);
        if (machine.state === "deleting") return;
        const ifMatch = etag ?? machine.etag;
        const { pools } = await this.#connected();
        const { resourceGroup, clusterName } = this.#options;
        // Whoever removes has drained; a budget that no pod can ever meet would keep the node for ever.
        const how = { ...(ifMatch !== undefined && { ifMatch }), ignorePodDisruptionBudget: true, abortSignal: signal };
        await pools.delete(resourceGroup, clusterName, name, how).submitted().catch(unlessGone);
      }),
    );
  }

  quotas(signal: AbortSignal): ReturnType<Cloud["quotas"]> {
    return this.#told(async () => this.#quotas.read(await this.#connected(), signal));
  }

  close(): void {
    this.#client?.then((client) => client.close()).catch(() => {});
  }

  /** A pool of this name is there. Ours for the same claim is what was wanted, unless it came to nothing by chance. */
  async #meet(spec: MachineSpec, body: AgentPool, signal: AbortSignal): Promise<void> {
    const pool = await this.#find(spec.name, signal);
    const machine = pool && this.#machine(pool);
    if (machine === undefined || (machine.owner?.claimUid === spec.owner.claimUid && machine.state === "deleting")) {
      throw new CloudError({ reason: "OperationInProgress", message: `the pool ${spec.name} is going away` });
    }
    if (machine.owner?.claimUid !== spec.owner.claimUid) throw nameTaken(spec.name);
    if (machine.failure === undefined || !RETRIED.has(machine.failure.reason) || machine.etag === undefined) return;
    await this.#put(spec.name, body, { ifMatch: machine.etag }, signal);
  }

  /** The request is accepted when this resolves. The SDK's poller is dropped: whoever waits asks for the pool itself. */
  async #put(
    name: string,
    body: AgentPool,
    condition: { readonly ifNoneMatch?: string; readonly ifMatch?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { pools } = await this.#connected();
    const { resourceGroup, clusterName } = this.#options;
    const how = { ...condition, abortSignal: signal };
    await pools.createOrUpdate(resourceGroup, clusterName, name, body, how).submitted();
  }

  async #find(name: string, signal: AbortSignal): Promise<AgentPool | undefined> {
    const { pools } = await this.#connected();
    const { resourceGroup, clusterName } = this.#options;
    return pools.get(resourceGroup, clusterName, name, { abortSignal: signal }).catch(unlessGone);
  }

  /** The machine of that version: as it was read, if it was, since the delete holds for no other; else as it is now. */
  async #looked(name: string, etag: string | undefined, signal: AbortSignal): Promise<Machine | undefined> {
    const read = this.#read.get(name);
    if (etag !== undefined && read?.etag === etag) return read;
    const pool = await this.#find(name, signal);
    return pool && this.#machine(pool);
  }

  async #list(signal: AbortSignal): Promise<readonly Machine[]> {
    const { pools } = await this.#connected();
    const { resourceGroup, clusterName } = this.#options;
    const startedMs = this.#surroundings.clock.monotonicMs();
    const machines: Machine[] = [];
    for await (const pool of pools.list(resourceGroup, clusterName, { abortSignal: signal })) {
      machines.push(this.#machine(pool));
    }
    this.#read.clear();
    for (const machine of machines) this.#read.set(machine.name, machine);
    this.#count.listed(
      machines.map(({ name }) => name),
      startedMs,
    );
    return machines;
  }

  #machine(pool: AgentPool): Machine {
    const { clusterIdentity, region } = this.#options;
    return machineOf(pool, clusterIdentity, region, this.#surroundings.clock.wallMs());
  }

  #write(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return this.#byPool.run(name, signal, () => this.#writes.run(signal, work));
  }

  #connected(): Promise<ArmClient> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw cloudError(error, this.#surroundings.clock.wallMs());
    }
  }
}

function nameTaken(name: string): CloudError {
  const message = `the agent pool ${name} was not made for this claim: it is left alone`;
  return new CloudError({ reason: "NameTaken", message });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ArmRefusal ? error.answer.status : undefined;
}

/**
 * ARM answers 404 for a pool that is not there, and also when cluster, group or subscription are not. Only the first is a
 * machine that is gone; the others would have every machine vanish at once because of one wrong option.
 */
function unlessGone(error: unknown): undefined {
  if (error instanceof ArmRefusal && error.answer.status === 404) {
    const [outer] = armErrors(error.answer.body);
    const parent = /managedClusters\/[^/'" ]+['" ]/i.test(outer?.message ?? "");
    if (/^(NotFound|AgentPoolNotFound|ResourceNotFound)$/i.test(outer?.code ?? "") && !parent) return undefined;
  }
  throw error;
}
