import { findInstanceType, type InstanceType } from "../../../src/core/catalogue.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { POOL_LABEL } from "../../../src/core/machine/node-facts.ts";
import type { KubeObject } from "../../../src/kube/kube.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { aksNode } from "../../cluster/support/aks-node.ts";
import { changed } from "../../core/machine/facts.ts";
import type { Store } from "../../simulation/store.ts";
import type { ArmPool, ArmState } from "../../support/arm/handle.ts";

/** How machines come up; from now on, for those that have not. */
export interface ComesUp {
  readonly registers: boolean;
  readonly offersGpus: boolean;
}

/** Kubelet and cloud controller of the machines of a fake ARM, on a virtual API server. */
export interface VirtualNodes {
  comesUp: ComesUp;
  /** Makes and deletes Nodes as machines come and go. */
  follow(): void;
  ofPool(name: string): readonly JsonObject[];
  /** Whether the nodes of a pool offer their GPUs: a device plugin ends, or is there again. */
  offerGpus(pool: string, offers: boolean): void;
}

const RELEASE = loadCatalogue().current;
const NODES = "nodes";

export function virtualNodes(store: Store, state: () => ArmState): VirtualNodes {
  const registered = new Map<string, number>();
  const change = (name: string, patch: JsonObject): void => {
    store.update(NODES, undefined, name, (live) => changed(live, patch) as KubeObject);
  };
  const ofPool = (name: string): readonly KubeObject[] =>
    store.list(NODES).filter(({ metadata }) => metadata.labels?.[POOL_LABEL] === name);
  const self: VirtualNodes = {
    comesUp: { registers: true, offersGpus: true },
    follow() {
      const now = state();
      const there = new Map(
        now.pools.flatMap((pool) => pool.nodes.map((node) => [node.name, pool.createdMs] as const)),
      );
      for (const [name, createdMs] of [...registered]) {
        if (there.get(name) === createdMs) continue;
        // A kubelet falls silent before the cloud controller looks whether its machine is there.
        change(name, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
        store.delete(NODES, undefined, name);
        registered.delete(name);
      }
      for (const pool of now.pools) {
        const size = findInstanceType(RELEASE, vmSizeOf(pool));
        for (const node of pool.nodes) {
          const known = registered.has(node.name) || store.get(NODES, undefined, node.name) !== undefined;
          if (size === undefined || known || !self.comesUp.registers) continue;
          registered.set(node.name, pool.createdMs);
          const made = aksNode(pool, node, size, now, {});
          store.create(NODES, changed(made, running(size, self.comesUp)));
        }
      }
    },
    ofPool,
    offerGpus(pool, offers) {
      const size = findInstanceType(RELEASE, vmSizeOf(state().pools.find(({ name }) => name === pool)));
      for (const { metadata } of ofPool(pool)) if (size !== undefined) change(metadata.name, gpus(size, offers));
    },
  };
  return self;
}

function vmSizeOf(pool: ArmPool | undefined): string {
  const properties = pool?.body["properties"] as JsonObject | undefined;
  return isObject(properties) ? String(properties["vmSize"]) : "";
}

function running(size: InstanceType, { offersGpus }: ComesUp): JsonObject {
  return changed(gpus(size, offersGpus), { status: { conditions: [{ type: "Ready", status: "True" }] } });
}

/** A kubelet whose plugin is gone offers none of them; it never forgets their name. */
function gpus({ gpuCount }: InstanceType, offers: boolean): JsonObject {
  return {
    status: {
      capacity: { "nvidia.com/gpu": String(gpuCount) },
      allocatable: { "nvidia.com/gpu": String(offers ? gpuCount : 0) },
    },
  };
}
