import { pino } from "pino";
import type { JsonObject } from "../../../src/core/json.ts";
import { WORKSPACE_GROUPS, type Workspace } from "../../../src/core/kinds/workspace.ts";
import { connect } from "../../../src/kube/connect.ts";
import type { KubeObject } from "../../../src/kube/kube.ts";
import { collectionPath } from "../../../src/kube/resources.ts";
import { resourceOfWorkspace } from "../../../src/kube/workspaces.ts";
import { type Caches, CHILDREN, startCaches } from "../../../src/reconciler/caches.ts";
import type { Installation } from "../../../src/reconciler/gather.ts";
import { createMemory, type Memory } from "../../../src/reconciler/memory.ts";
import { createQueue, type Outcome } from "../../../src/reconciler/queue.ts";
import { reconcile } from "../../../src/reconciler/reconcile.ts";
import { NOW } from "../../core/capacity/facts.ts";
import { catalogue, settled, world } from "../../core/plan/worlds.ts";
import { FakeApiServer, type Seen } from "../../kube/support/api-server.ts";
import { until } from "../../kube/support/until.ts";

const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";

/** The reconciler's caches, memory and hands on a server of the test's own; only the test decides when it looks. */
export interface Looking {
  readonly server: FakeApiServer;
  readonly caches: Caches;
  readonly memory: Memory;
  putWorkspace(object: Workspace): void;
  putClaim(object: JsonObject): void;
  putPod(object: JsonObject): void;
  putNode(object: JsonObject): void;
  /** The children of a Workspace as they are when the cluster has done its part. */
  settle(name: string): Promise<void>;
  look(key: string): Promise<Outcome>;
  /** Ends leadership. */
  depose(): void;
  writes(): readonly Seen[];
  /** `POST c…`, `DELETE c1`, … of claims. */
  claimWrites(): readonly string[];
  stop(): Promise<void>;
}

export function isWatchOf(plural: string): (request: Seen) => boolean {
  return ({ url }) => url.searchParams.get("watch") === "true" && url.pathname.endsWith(`/${plural}`);
}

function isKaitoWatch(request: Seen): boolean {
  return isWatchOf("deployments")(request) && !request.url.search.includes("foresail");
}

/** A fault: the request is never answered. */
export function silence(): void {}

export async function looking(
  prepare: (server: FakeApiServer) => void,
  installation: Partial<Installation> = {},
): Promise<Looking> {
  const server = await FakeApiServer.start();
  prepare(server);
  // This server knows no label selectors: every Deployment would be KAITO's controller.
  server.next(isKaitoWatch, silence, silence);
  const kube = await connect({ kubeconfig: server.kubeconfig() });
  const log = pino({ level: "silent" });
  const ending = new AbortController();
  const leading = new AbortController();
  const memory = createMemory({ monotonicMs: () => NOW, wallMs: () => NOW });
  const { groups = WORKSPACE_GROUPS } = installation;
  const caches = startCaches({ kube, signal: ending.signal, log }, groups, {
    ...{ wake: () => {}, claimGone: () => {}, claimsTouched: () => {}, kaitoChanged: () => {}, launched: () => {} },
  });
  await caches.synced;
  const { settings, limits, emptyNodeGraceMs } = world();
  const sources = {
    kube,
    caches,
    memory,
    catalogue,
    installation: { groups, settings, limits, emptyNodeGraceMs, mostLaunching: 100, ...installation },
    nowMs: () => NOW,
  };
  const queue = createQueue({ run: async () => ({ kind: "done" }), concurrency: 1 });
  const hands = { kube, caches, memory, log, mayWrite: () => true };
  const put = (path: string, object: unknown): void => {
    const { metadata } = object as KubeObject;
    server.store.put(`${path}/${metadata.name}`, object as KubeObject & JsonObject & { metadata: JsonObject });
  };
  const writes = (): readonly Seen[] => server.seen.filter(({ method }) => method !== "GET");
  return {
    server,
    caches,
    memory,
    putWorkspace: (object) => put(collectionPath(resourceOfWorkspace(object), "models"), object),
    putClaim: (object) => put(CLAIMS, object),
    putPod: (object) => put("/api/v1/namespaces/models/pods", object),
    putNode: (object) => put("/api/v1/nodes", object),
    settle: async (name) => {
      // With the uid that the server gave it.
      const owner = caches.workspaces.get("models", name) as unknown as Workspace;
      const made = settled(owner, owner.expansion?.workload.replicas);
      const seen = () => caches.children.reduce((total, cache) => total + cache.size, 0);
      const before = seen();
      for (const object of made) {
        const resource = CHILDREN.find((one) => one.kind === object["kind"]);
        if (resource !== undefined) put(collectionPath(resource, "models"), object);
      }
      await until("the children to be seen", () => seen() === before + made.length);
    },
    look: (key) => reconcile({ sources, hands, signal: leading.signal, queue: () => queue }, key),
    depose: () => leading.abort(new Error("leadership has ended")),
    writes,
    claimWrites: () =>
      writes()
        .filter(({ url }) => url.pathname.startsWith(CLAIMS))
        .map(({ method, url, body }) =>
          method === "POST" ? `POST ${(JSON.parse(body) as KubeObject).metadata.name}` : `${method} ${nameIn(url)}`,
        ),
    stop: async () => {
      ending.abort(new Error("the test ends"));
      await queue.stop();
      await Promise.all(caches.followers.map((follower) => follower.done));
      await kube.close();
      await server.stop();
    },
  };
}

function nameIn(url: URL): string {
  return url.pathname.split("/").at(-1) ?? "";
}
