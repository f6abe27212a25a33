import type { JsonObject } from "../../../src/core/json.ts";
import { KAITO_GROUP } from "../../../src/core/kinds/workspace.ts";
import { createCache } from "../../../src/kube/cache.ts";
import type { Kube, KubeObject } from "../../../src/kube/kube.ts";
import { nodeOfClaim, nodeOfPod } from "../../../src/reconciler/keys.ts";
import type { MachineCaches } from "../../../src/reconciler/machines/gather.ts";
import { poolOfNode, providerOfNode } from "../../../src/reconciler/machines/keys.ts";
import { ApiServer } from "../../simulation/api-server.ts";
import { Store } from "../../simulation/store.ts";

/** The API server of the simulation without a network: answers at once, and caches that are never late. */
export interface VirtualCluster {
  readonly store: Store;
  readonly kube: Kube;
  readonly caches: MachineCaches;
  readonly claims: VirtualClaims;
}

const CLAIMS = "nodeclaims";

/** @param onDelete told of claims whose deletion is asked for through the API, not of those deleted by hand here */
export function virtualCluster(nowMs: () => number, onDelete: (claim: KubeObject) => void): VirtualCluster {
  const store = new Store(nowMs);
  const api = new ApiServer(store, KAITO_GROUP);
  api.onDelete((plural, object) => {
    if (plural === CLAIMS) onDelete(object);
  });
  const caches = {
    claims: createCache({ indexes: { node: nodeOfClaim } }),
    nodes: createCache({ indexes: { pool: poolOfNode, provider: providerOfNode } }),
    pods: createCache({ indexes: { node: nodeOfPod } }),
  };
  const cacheOf = new Map([
    [CLAIMS, caches.claims],
    ["nodes", caches.nodes],
    ["pods", caches.pods],
  ]);
  store.onChange(({ plural, before, after, version }) => {
    const object = after ?? before;
    if (object === undefined) return;
    const type = after === undefined ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED";
    cacheOf.get(plural)?.handle({ type, object, version: String(version) });
  });
  const kube: Kube = {
    server: "virtual",
    context: "virtual",
    call: async (request) => ({ status: 200, headers: {}, body: api.answer(request) }),
    stream: () => Promise.reject(new Error("nothing is watched here")),
    close: async () => {},
  };
  return { store, kube, caches, claims: new VirtualClaims(store) };
}

/** Claims as somebody who is no provider handles them. */
export class VirtualClaims {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get names(): readonly string[] {
    return this.#store.list(CLAIMS).map(({ metadata }) => metadata.name);
  }

  get(name: string): KubeObject | undefined {
    return this.#store.get(CLAIMS, undefined, name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  create(claim: JsonObject): void {
    this.#store.create(CLAIMS, claim);
  }

  delete(name: string): void {
    this.#store.delete(CLAIMS, undefined, name);
  }

  /** As if somebody had taken its finalizers off. */
  purge(name: string): void {
    this.#store.purge(CLAIMS, undefined, name);
  }
}
