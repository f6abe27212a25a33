import { setTimeout as pause } from "node:timers/promises";
import { findInstanceType, type InstanceType, type Release } from "../../../src/core/catalogue.ts";
import { loadCatalogue } from "../../../src/load.ts";
import type { ArmNode, ArmPool, ArmState } from "../../support/arm/handle.ts";
import type { JsonMap } from "../../support/arm/wire.ts";
import { aksNode, type NodeBehaviour } from "./aks-node.ts";
import { cluster, readItems } from "./cluster.ts";

export type { NodeBehaviour } from "./aks-node.ts";

export interface AksNodesOptions {
  /** `arm.state` of a fake ARM in this process, or of `controlArm(url)` for one in another. */
  readonly state: () => ArmState | Promise<ArmState>;
  /** Of every pool that has none of its own, or by the size of its machines. */
  readonly behaviour?: NodeBehaviour | { readonly bySize: { readonly [vmSize: string]: NodeBehaviour } };
}

/** AKS's part in the cluster: kubelet and cloud controller of every machine of a fake ARM's pools. */
export interface AksNodes {
  /** From now on the machines of this pool behave so. What is registered stays as it is. */
  behave(pool: string, how: NodeBehaviour): void;
  /** Resolves once what ARM says now is in the cluster; rejects with what hindered it. */
  caughtUp(): Promise<void>;
  /** Stops watching, and removes its Nodes. */
  stop(): Promise<void>;
}

const POLL_MS = 100;
const NODES = "/api/v1/nodes";

/**
 * Watches a fake ARM and keeps the Nodes of the control plane of this run like it: a Node for each machine that runs, none for
 * one that is gone or stopped. As a kubelet does, a machine registers once: a Node that somebody deletes stays away until
 * the machine starts again. Pools of sizes that the catalogue lacks, as the system pool, have no Nodes.
 */
export async function startAksNodes({ state, behaviour = {} }: AksNodesOptions): Promise<AksNodes> {
  const release = loadCatalogue().current;
  const behaviours = new Map<string, NodeBehaviour>();
  const usually = ({ name }: InstanceType): NodeBehaviour =>
    "bySize" in behaviour ? (behaviour.bySize[name] ?? {}) : behaviour;
  const { nodeResourceGroup } = await state();
  const before = await readItems<{ readonly metadata: { readonly name: string } }>(
    `${NODES}?labelSelector=kubernetes.azure.com/cluster=${nodeResourceGroup}`,
  );
  const registered = new Map(before.map(({ metadata }) => [metadata.name, 0]));
  const stopping = new AbortController();

  const pass = async (): Promise<void> => {
    const now = await state();
    const machines = now.pools.flatMap((pool) => machinesOf(pool, release));
    const there = new Map(machines.map(({ pool, node }) => [node.name, pool.createdMs]));
    for (const [name, createdMs] of [...registered]) {
      const since = there.get(name);
      if (since !== undefined && (createdMs === 0 || createdMs === since)) continue;
      await removeNode(name);
      registered.delete(name);
    }
    for (const { pool, node, size } of machines) {
      const how = behaviours.get(pool.name) ?? usually(size);
      if (registered.has(node.name) || how.registers === "never") continue;
      const answer = await cluster().api.call({
        method: "POST",
        path: NODES,
        body: aksNode(pool, node, size, now, how),
      });
      // 409: an earlier try was answered by nobody.
      if (answer.status >= 300 && answer.status !== 409) {
        throw new Error(`creating Node ${node.name} gave ${answer.status}: ${JSON.stringify(answer.body)}`);
      }
      registered.set(node.name, pool.createdMs);
    }
  };

  // One pass at a time. What fails, as while the API server restarts, is tried again; caughtUp tells.
  let last: Promise<void> = Promise.resolve();
  const next = (): Promise<void> => {
    last = last.catch(() => {}).then(pass);
    return last;
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await next().catch(() => {});
      await pause(POLL_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return {
    behave: (pool, how) => void behaviours.set(pool, how),
    caughtUp: next,
    stop: async () => {
      stopping.abort();
      await watching;
      for (const name of registered.keys()) await removeNode(name);
    },
  };
}

interface Machine {
  readonly pool: ArmPool;
  readonly node: ArmNode;
  readonly size: InstanceType;
}

function machinesOf(pool: ArmPool, release: Release): readonly Machine[] {
  const size = findInstanceType(release, String((pool.body["properties"] as JsonMap)["vmSize"]));
  return size === undefined ? [] : pool.nodes.map((node) => ({ pool, node, size }));
}

/** The cloud controller takes away the Node of a machine that is gone. */
async function removeNode(name: string): Promise<void> {
  const answer = await cluster().api.call({ method: "DELETE", path: `${NODES}/${name}` });
  if (answer.status >= 300 && answer.status !== 404) throw new Error(`deleting Node ${name} gave ${answer.status}`);
}
