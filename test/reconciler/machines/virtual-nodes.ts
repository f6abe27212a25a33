import { isDeleting } from "../../../src/core/capacity/pod.ts";
import { findInstanceType, type InstanceType } from "../../../src/core/catalogue.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { aksNode } from "../../cluster/support/aks-node.ts";
import { changed } from "../../core/machine/facts.ts";
import type { ArmPool, ArmState } from "../../support/arm/handle.ts";

/** How machines come up; from now on, for those that have not. */
export interface ComesUp {
  readonly registers: boolean;
  readonly offersGpus: boolean;
}

/** Kubelet and cloud controller of the machines of a fake ARM, over plain objects. */
export interface VirtualNodes {
  comesUp: ComesUp;
  /** Makes and deletes Nodes as machines come and go. */
  follow(nowMs: number): void;
  ofPool(name: string): readonly JsonObject[];
  patch(name: string, patch: JsonObject): void;
  delete(name: string, nowMs: number): void;
}

const RELEASE = loadCatalogue().current;

export function virtualNodes(state: () => ArmState): VirtualNodes {
  const nodes = new Map<string, { readonly pool: string; readonly object: JsonObject }>();
  const registered = new Map<string, number>();
  let uid = 0;
  const set = (name: string, object: JsonObject): void => {
    const known = nodes.get(name);
    if (known === undefined) return;
    const held = (object["metadata"] as { readonly finalizers?: readonly string[] }).finalizers ?? [];
    if (isDeleting(object) && held.length === 0) nodes.delete(name);
    else nodes.set(name, { ...known, object });
  };
  const self: VirtualNodes = {
    comesUp: { registers: true, offersGpus: true },
    follow(nowMs) {
      const now = state();
      const there = new Map(
        now.pools.flatMap((pool) => pool.nodes.map((node) => [node.name, pool.createdMs] as const)),
      );
      for (const [name, createdMs] of [...registered]) {
        if (there.get(name) === createdMs) continue;
        // A kubelet falls silent before the cloud controller looks whether its machine is there.
        self.patch(name, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
        self.delete(name, nowMs);
        registered.delete(name);
      }
      for (const pool of now.pools) {
        const size = findInstanceType(RELEASE, vmSizeOf(pool));
        for (const node of pool.nodes) {
          if (size === undefined || registered.has(node.name) || nodes.has(node.name) || !self.comesUp.registers)
            continue;
          registered.set(node.name, pool.createdMs);
          const made = aksNode(pool, node, size, now, {});
          nodes.set(node.name, {
            pool: pool.name,
            object: changed(made, running(size, `node-${++uid}`, self.comesUp)),
          });
        }
      }
    },
    ofPool: (name) => [...nodes.values()].filter(({ pool }) => pool === name).map(({ object }) => object),
    patch(name, patch) {
      const known = nodes.get(name);
      if (known !== undefined) set(name, changed(known.object, patch));
    },
    delete(name, nowMs) {
      self.patch(name, { metadata: { deletionTimestamp: new Date(nowMs).toISOString() } });
    },
  };
  return self;
}

function vmSizeOf({ body }: ArmPool): string {
  const { properties } = body;
  return isObject(properties as JsonObject) ? String((properties as JsonObject)["vmSize"]) : "";
}

function running(size: InstanceType, uid: string, { offersGpus }: ComesUp): JsonObject {
  const gpus = offersGpus ? { "nvidia.com/gpu": String(size.gpuCount) } : {};
  return {
    metadata: { uid, resourceVersion: "1" },
    status: { capacity: gpus, allocatable: gpus, conditions: [{ type: "Ready", status: "True" }] },
  };
}
