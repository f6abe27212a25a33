import { poolJson } from "./bodies.ts";
import type { Call } from "./calls.ts";
import type { ArmClock } from "./clock.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Operation, Pool, PoolNode } from "./pool.ts";
import { readBody } from "./pool-body.ts";
import { nodeResourceGroup, type Settings } from "./settings.ts";
import { isRefusal, type Json, type JsonMap } from "./wire.ts";
import type { World } from "./world.ts";

/** One request to ARM, in the order of their coming. */
export interface ArmCall {
  readonly n: number;
  readonly atMs: number;
  readonly method: string;
  readonly url: string;
  /** Absent: the path meant nothing. */
  readonly call?: Call;
  readonly pool?: string;
  /** Without the token. */
  readonly headers: JsonMap;
  readonly body?: Json;
  /** `pending` also where the client went away first. */
  readonly status: number | "reset" | "hang" | "pending";
  /** Faults that befell it, by their order. */
  readonly effects: readonly number[];
}

/** A machine of a pool as the cluster is to see it. */
export interface ArmNode {
  readonly name: string;
  readonly providerID: string;
  /** `eastus-1`, or the number of a fault domain. */
  readonly zone: string;
}

export interface ArmPool {
  readonly name: string;
  /** As GET gives it. */
  readonly body: JsonMap;
  readonly state: string;
  readonly createdMs: number;
  /** Machines that run and have what they need to join. */
  readonly nodes: readonly ArmNode[];
}

export interface ArmState {
  readonly nowMs: number;
  readonly region: string;
  readonly cluster: string;
  readonly nodeResourceGroup: string;
  readonly stopped: boolean;
  readonly pools: readonly ArmPool[];
  readonly operations: readonly Operation[];
}

/** What a test sees and does beside ARM's own API; the control API has the same, over HTTP. */
export interface Handle {
  state(): ArmState;
  settings(): Settings;
  /** Changes settings; what is under way goes on as it began. */
  configure(change: Partial<Settings>): void;
  /** Every call so far; those after the `since`-th. */
  calls(since?: number): readonly ArmCall[];
  script(...faults: readonly Fault[]): void;
  faults(): readonly Fault[];
  clearFaults(): void;
  stopCluster(): void;
  startCluster(): void;
  /** A pool made by somebody else, without a word to us: there at once. `state`: its provisioningState. */
  portalPut(name: string, body: JsonMap, state?: string): void;
  portalDelete(name: string): void;
  /** The machines of a pool are gone, the pool stays: an eviction. */
  evict(name: string): void;
}

export interface Parts {
  readonly world: World;
  readonly faults: Faults;
  readonly calls: readonly ArmCall[];
  readonly clock: ArmClock;
  readonly settings: () => Settings;
  readonly configure: (settings: Settings) => void;
}

export function createHandle({ world, faults, calls, clock, settings, configure }: Parts): Handle {
  const settle = () => world.settle(clock.nowMs());
  return {
    settings,
    configure: (change) => {
      settle();
      configure({ ...settings(), ...change });
    },
    state: () => {
      settle();
      return stateOf(settings(), world, clock.nowMs());
    },
    calls: (since = 0) => calls.slice(since),
    script: (...added) => faults.add(added),
    faults: () => faults.all(),
    clearFaults: () => faults.clear(),
    stopCluster: () => {
      settle();
      world.stopped = true;
    },
    startCluster: () => {
      settle();
      world.stopped = false;
    },
    portalPut: (name, body, state = "Succeeded") => {
      settle();
      const before = world.pools.get(name);
      const read = readBody(settings(), body);
      if (isRefusal(read)) throw new Error(read.error.message);
      const zones = (read.properties["availabilityZones"] ?? [""]) as readonly string[];
      const machine = (instance: number): PoolNode => ({ instance, zone: zones[instance % zones.length] ?? "" });
      const count = state === "Succeeded" ? Number(read.properties["count"]) : 0;
      world.put({
        ...read,
        name,
        state,
        createdMs: before?.createdMs ?? clock.nowMs(),
        nodes: Array.from({ length: count }, (_, instance) => machine(instance)),
        joined: state === "Succeeded",
      });
    },
    portalDelete: (name) => {
      settle();
      world.remove(name);
    },
    evict: (name) => {
      settle();
      const pool = world.pools.get(name);
      if (pool === undefined) throw new Error(`there is no pool ${name}`);
      world.put({ ...pool, nodes: [] });
    },
  };
}

// In AKS the digits come from the cluster, so that all pools of one have the same.
const digitsOf = ({ subscription, cluster }: Settings): string =>
  String(
    [...`${subscription}/${cluster}`].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 1e8, 7),
  ).padStart(8, "0");

function stateOf(settings: Settings, world: World, nowMs: number): ArmState {
  const group = nodeResourceGroup(settings);
  const node = (pool: Pool, { instance, zone }: PoolNode): ArmNode => {
    const set = `aks-${pool.name}-${digitsOf(settings)}-vmss`;
    return {
      name: `${set}${instance.toString(36).padStart(6, "0")}`,
      providerID:
        `azure:///subscriptions/${settings.subscription}/resourceGroups/${group}` +
        `/providers/Microsoft.Compute/virtualMachineScaleSets/${set}/virtualMachines/${instance}`,
      zone: zone === "" ? String(instance % 5) : `${settings.region}-${zone}`,
    };
  };
  return {
    nowMs,
    region: settings.region,
    cluster: settings.cluster,
    nodeResourceGroup: group,
    stopped: world.stopped,
    operations: [...world.operations.values()],
    pools: [...world.pools.values()].map((pool) => ({
      name: pool.name,
      body: poolJson(settings, world.stopped, pool),
      state: pool.state,
      createdMs: pool.createdMs,
      nodes: pool.joined && !world.stopped ? pool.nodes.map((one) => node(pool, one)) : [],
    })),
  };
}
