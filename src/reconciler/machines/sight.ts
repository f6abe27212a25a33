import { type Cloud, CloudError } from "../../cloud/cloud.ts";
import type { Machine, MachineSpec } from "../../core/machine/machine.ts";
import type { Sighting } from "../../core/machine/world.ts";
import type { Clock } from "../../kube/clock.ts";
import type { CloudVerb } from "./measured-cloud.ts";

/** One list answers for so long for all claims whose machines it has. */
const FRESH_MS = 10_000;
/** And for so long for those it lacks, or that it saw going: the first may have come since, the others have gone. */
const YOUNG_MS = 2_000;
/** Until rights that were refused are tried again. */
const REFUSED_MS = 10 * 60_000;

/**
 * What the cloud has, with as few calls as possible: one list for all. A list may be cut short and not say so, so what it lacks
 * is absent only if the cloud's names lack it, too, one answer for all again (ADR 35); where they are not to be had or know it,
 * it is asked for by name.
 */
export interface Sight {
  /** Rejects with the signal's reason only. */
  look(name: string, signal: AbortSignal): Promise<Sighting>;
  /** All machines, not remembered from before; CloudError where they cannot be had whole. */
  list(signal: AbortSignal): Promise<readonly Machine[]>;
  create(spec: MachineSpec, signal: AbortSignal): Promise<void>;
  remove(machine: Pick<Machine, "name" | "etag">, signal: AbortSignal): Promise<void>;
}

interface Listed {
  readonly startedMs: number;
  readonly machines: ReadonlyMap<string, Machine>;
  /** Asked for after the list, by the first who misses a machine in it. Undefined: not to be had. */
  names?: Promise<ReadonlySet<string> | undefined>;
}

export function createSight(cloud: Pick<Cloud, CloudVerb>, clock: Clock): Sight {
  return new SharedSight(cloud, clock);
}

class SharedSight implements Sight {
  readonly #cloud: Pick<Cloud, CloudVerb>;
  readonly #clock: Clock;
  /** What was accepted since a list began says more than that list. */
  readonly #written = new Map<string, { readonly atMs: number; readonly machine: Machine }>();
  #listed: Listed | undefined;
  #listing: Promise<Listed> | undefined;
  #namesRefusedMs = Number.NEGATIVE_INFINITY;

  constructor(cloud: Pick<Cloud, CloudVerb>, clock: Clock) {
    this.#cloud = cloud;
    this.#clock = clock;
  }

  async look(name: string, signal: AbortSignal): Promise<Sighting> {
    try {
      const known = this.#known(name, await this.#fresh(FRESH_MS, signal));
      if (known !== undefined && known.state !== "deleting") return { kind: "seen", machine: known };
      const machine = await this.#now(name, await this.#fresh(YOUNG_MS, signal), signal);
      return machine === undefined ? { kind: "absent" } : { kind: "seen", machine };
    } catch (error) {
      if (error instanceof CloudError) return { kind: "unknown", failure: error.failure };
      throw error;
    }
  }

  async list(signal: AbortSignal): Promise<readonly Machine[]> {
    this.#listed = undefined;
    return [...(await this.#fresh(FRESH_MS, signal)).machines.values()];
  }

  async create(spec: MachineSpec, signal: AbortSignal): Promise<void> {
    await this.#cloud.create(spec, signal);
    const { name, owner, instanceType, capacityType } = spec;
    const machine: Machine = { name, owner, instanceType, capacityType, state: "creating" };
    this.#written.set(name, { atMs: this.#clock.monotonicMs(), machine });
  }

  async remove(machine: Pick<Machine, "name" | "etag">, signal: AbortSignal): Promise<void> {
    const known = this.#written.get(machine.name)?.machine ?? this.#listed?.machines.get(machine.name);
    try {
      await this.#cloud.remove(machine, signal);
    } catch (error) {
      // It changed since it was listed: whoever tries again needs its new version.
      if (error instanceof CloudError && error.failure.reason === "OperationInProgress") this.#listed = undefined;
      throw error;
    }
    if (known === undefined) return;
    this.#written.set(machine.name, { atMs: this.#clock.monotonicMs(), machine: { ...known, state: "deleting" } });
  }

  #known(name: string, listed: Listed): Machine | undefined {
    return this.#written.get(name)?.machine ?? listed.machines.get(name);
  }

  async #now(name: string, listed: Listed, signal: AbortSignal): Promise<Machine | undefined> {
    const known = this.#known(name, listed);
    if (known !== undefined) return known;
    listed.names ??= this.#names(signal);
    const names = await listed.names;
    return names === undefined || names.has(name) ? await this.#cloud.get(name, signal) : undefined;
  }

  async #names(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#namesRefusedMs < REFUSED_MS) return undefined;
    try {
      return await this.#cloud.names(signal);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      if (error.failure.reason === "AuthorizationFailed") this.#namesRefusedMs = nowMs;
      return undefined;
    }
  }

  /** A list that began at most so long ago; one under way serves all who come meanwhile. */
  async #fresh(ageMs: number, signal: AbortSignal): Promise<Listed> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#listed !== undefined && nowMs - this.#listed.startedMs < ageMs) return this.#listed;
    this.#listing ??= this.#read(nowMs, signal).finally(() => {
      this.#listing = undefined;
    });
    return await this.#listing;
  }

  async #read(startedMs: number, signal: AbortSignal): Promise<Listed> {
    const all = await this.#cloud.list(signal);
    this.#listed = { startedMs, machines: new Map(all.map((machine) => [machine.name, machine])) };
    for (const [name, { atMs }] of this.#written) if (atMs < startedMs) this.#written.delete(name);
    return this.#listed;
  }
}
