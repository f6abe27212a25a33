import { type Cloud, CloudError } from "../../cloud/cloud.ts";
import type { Machine, MachineSpec } from "../../core/machine/machine.ts";
import type { Sighting } from "../../core/machine/world.ts";
import type { Clock } from "../../kube/clock.ts";
import type { CloudVerb } from "./measured-cloud.ts";

/** One list answers for all claims for so long. */
const FRESH_MS = 10_000;

/** What the cloud has, with as few calls as possible: one list for all, a question by name for what is not in it. */
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

  constructor(cloud: Pick<Cloud, CloudVerb>, clock: Clock) {
    this.#cloud = cloud;
    this.#clock = clock;
  }

  async look(name: string, signal: AbortSignal): Promise<Sighting> {
    try {
      const { machines } = await this.#fresh(signal);
      const written = this.#written.get(name);
      if (written !== undefined) return { kind: "seen", machine: written.machine };
      const listed = machines.get(name);
      if (listed !== undefined) return { kind: "seen", machine: listed };
      const machine = await this.#cloud.get(name, signal);
      return machine === undefined ? { kind: "absent" } : { kind: "seen", machine };
    } catch (error) {
      if (error instanceof CloudError) return { kind: "unknown", failure: error.failure };
      throw error;
    }
  }

  async list(signal: AbortSignal): Promise<readonly Machine[]> {
    this.#listed = undefined;
    return [...(await this.#fresh(signal)).machines.values()];
  }

  async create(spec: MachineSpec, signal: AbortSignal): Promise<void> {
    await this.#cloud.create(spec, signal);
    const { name, owner, instanceType, capacityType } = spec;
    const machine: Machine = { name, owner, instanceType, capacityType, state: "creating" };
    this.#written.set(name, { atMs: this.#clock.monotonicMs(), machine });
  }

  async remove(machine: Pick<Machine, "name" | "etag">, signal: AbortSignal): Promise<void> {
    await this.#cloud.remove(machine, signal);
    const known = this.#written.get(machine.name)?.machine ?? this.#listed?.machines.get(machine.name);
    if (known === undefined) return;
    this.#written.set(machine.name, { atMs: this.#clock.monotonicMs(), machine: { ...known, state: "deleting" } });
  }

  async #fresh(signal: AbortSignal): Promise<Listed> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#listed !== undefined && nowMs - this.#listed.startedMs < FRESH_MS) return this.#listed;
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
