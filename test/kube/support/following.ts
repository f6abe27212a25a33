import { expect } from "chai";
import { type Cache, createCache } from "../../../src/kube/cache.ts";
import { connect } from "../../../src/kube/connect.ts";
import {
  type FollowEvent,
  type Follower,
  type FollowOptions,
  type FollowTiming,
  follow,
} from "../../../src/kube/follow.ts";
import type { Kube, KubeObject } from "../../../src/kube/kube.ts";
import { PODS } from "../../../src/kube/resources.ts";
import { FakeApiServer } from "./api-server.ts";
import { until } from "./until.ts";

export interface Following {
  readonly server: FakeApiServer;
  readonly kube: Kube;
  readonly cache: Cache;
  readonly follower: Follower;
  readonly events: FollowEvent[];
  readonly errors: Error[];
  /** Thrown by the handler at the next events. */
  readonly toThrow: (() => void | Promise<void>)[];
  put(name: string, fields?: Record<string, string>): KubeObject;
  remove(name: string): void;
  /** Waits until the cache holds exactly what the server does. */
  caughtUp(timeoutMs?: number): Promise<void>;
  watching(): Promise<void>;
  stop(): Promise<void>;
}

export const POD_PATH = "/api/v1/namespaces/default/pods";

/** A server, a follower of its pods and a cache fed by it. */
export async function following(
  names: readonly string[] = [],
  timing: Partial<FollowTiming> = {},
  keep: FollowOptions["keep"] = (object) => object,
  isAbsent?: FollowOptions["isAbsent"],
): Promise<Following> {
  const server = await FakeApiServer.start();
  const kube = await connect({ kubeconfig: server.kubeconfig() });
  const put = (name: string, fields: Record<string, string> = {}) =>
    server.store.put(`${POD_PATH}/${name}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      ...fields,
    });
  for (const name of names) put(name);
  const cache = createCache();
  const events: FollowEvent[] = [];
  const errors: Error[] = [];
  const toThrow: (() => void | Promise<void>)[] = [];
  const controller = new AbortController();
  const follower = follow(kube, PODS, {
    signal: controller.signal,
    keep,
    ...(isAbsent === undefined ? {} : { isAbsent }),
    onEvent: (event) => {
      events.push(event);
      cache.handle(event);
      return toThrow.shift()?.();
    },
    onSynced: cache.markSynced,
    onError: (error) => errors.push(error),
    timing: { backoffMinMs: 5, backoffMaxMs: 20, idleMs: 5_000, ...timing },
  });
  return {
    server,
    kube,
    cache,
    follower,
    events,
    errors,
    toThrow,
    put,
    remove: (name) => void server.store.delete(`${POD_PATH}/${name}`),
    caughtUp: async (timeoutMs) => {
      await until("the cache holds what the server does", () => state(cache) === stateOf(server), timeoutMs);
    },
    watching: () => until("a watch is open", () => follower.health().state === "watching" && server.watches === 1),
    stop: async () => {
      controller.abort(new Error("test is over"));
      await follower.done;
      await kube.close();
      await server.stop();
      expect(server.pendingFaults, "faults nobody met").to.equal(0);
    },
  };
}

function state(cache: Cache): string {
  return versions(cache.list());
}

function stateOf(server: FakeApiServer): string {
  return versions(server.store.list("/api/v1/pods"));
}

function versions(objects: readonly KubeObject[]): string {
  return objects
    .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
    .sort()
    .join(" ");
}
