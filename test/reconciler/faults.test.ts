import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { conditionAt, objectAt, objectsAt } from "../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Workspace } from "../../src/core/kinds/workspace.ts";
import { shareOfPresetPod } from "../../src/core/preset-pod/preset-pod.ts";
import { PRESET_LABEL } from "../../src/core/preset-pod/words.ts";
import { keyOfShare } from "../../src/reconciler/keys.ts";
import { claim, NOW, node } from "../core/capacity/facts.ts";
import { mounting } from "../core/capacity/volume-objects.ts";
import { expansion } from "../core/children/workspaces.ts";
import { admitted, ownedPod } from "../core/plan/worlds.ts";
import type { Fault, Seen } from "../kube/support/api-server.ts";
import { until } from "../kube/support/until.ts";
import { type Looking, looking } from "./support/looking.ts";
import { named, podOf, renamed } from "./support/named.ts";

const CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
const PODS = "/api/v1/namespaces/models/pods";

function managed(made: JsonObject): JsonObject {
  const metadata = made["metadata"] as JsonObject;
  const labels = { ...(metadata["labels"] as JsonObject), "app.kubernetes.io/managed-by": "foresail" };
  return { ...made, metadata: { ...metadata, labels } };
}

function leaving(name: string): Workspace {
  const made = named(name);
  return { ...made, metadata: { ...made.metadata, deletionTimestamp: new Date(NOW).toISOString() } };
}

function refuses(code: number, reason: string): Fault {
  return (_, response) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Status", status: "Failure", reason, message: `${reason}: on purpose`, code }));
  };
}

const isStatusWrite = ({ method, url }: Seen): boolean => method === "PATCH" && url.pathname.endsWith("/a/status");
const isListOf =
  (plural: string) =>
  ({ method, url }: Seen): boolean =>
    method === "GET" && url.pathname.endsWith(`/${plural}`) && url.searchParams.get("watch") !== "true";

describe("the reconciler under faults", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  async function waiting(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      looks.putWorkspace(named(name));
      looks.putPod(podOf(name));
    }
    const seen = () => looks.caches.workspaces.size === names.length && looks.caches.pods.size === names.length;
    await until("Workspaces and pods to be seen", seen);
    for (const name of names) await looks.settle(name);
  }

  async function running(): Promise<void> {
    looks.putWorkspace(admitted());
    looks.putClaim(managed(claim("c1", { node: "n1" })));
    looks.putPod(ownedPod("phi-1", { nodeName: "n1", ready: true }));
    looks.server.store.put("/api/v1/nodes/n1", node("n1") as JsonObject & { metadata: JsonObject });
    await until("all of it to be seen", () =>
      [looks.caches.workspaces, looks.caches.claims, looks.caches.pods, looks.caches.nodes].every(
        ({ size }) => size === 1,
      ),
    );
    await looks.settle("phi");
  }

  for (const [title, happens] of [
    ["its end", (): Promise<void> => looks.server.down().then(() => looks.server.listen())],
    [
      "a history that is compacted",
      async (): Promise<void> => {
        looks.server.store.compact();
        looks.server.endWatches();
      },
    ],
    [
      "lists that fail at first",
      async (): Promise<void> => {
        const fails = refuses(500, "InternalError");
        for (const plural of ["workspaces", "pods", "nodeclaims"]) looks.server.next(isListOf(plural), fails, fails);
        looks.server.store.compact();
        looks.server.resetConnections();
      },
    ],
  ] as const) {
    it(`N5: the API server, ${title}: nothing is deleted, and what came meanwhile is seen`, async () => {
      looks = await looking(() => {}, { emptyNodeGraceMs: 0 });
      await running();
      await looks.look("models/phi");
      await happens();
      await looks.look("models/phi");
      looks.putWorkspace(named("late"));
      looks.putPod(podOf("late"));
      const isSeen = () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 2;
      await until("what came meanwhile to be seen", isSeen, 30_000);
      // A connection that broke is noticed by the first call that uses it.
      for (const key of ["models/phi", "models/phi", "models/late", "models/late"]) await looks.look(key);
      const [created, ...more] = looks.claimWrites();
      expect(created).to.match(/^POST c/);
      expect(more).to.deep.equal([]);
    });
  }

  it("N6: events that come twice, late and in another order end in the same plan", async () => {
    looks = await looking(() => {}, { emptyNodeGraceMs: 0 });
    await running();
    looks.putWorkspace(named("late"));
    looks.putPod(podOf("late"));
    await until("the second to be seen", () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 2);
    await looks.settle("late");
    await looks.look("models/late");
    const pod = looks.caches.pods.get("models", "phi-1");
    const claims = looks.caches.claims.list();
    if (pod === undefined) throw new Error("nothing is known");
    const before = { ...pod, spec: {}, metadata: { ...pod.metadata, resourceVersion: "1" } };
    for (let i = 0; i < 3; i++) {
      looks.caches.pods.handle({ type: "MODIFIED", object: pod, version: pod.metadata.resourceVersion ?? "" });
      looks.caches.pods.handle({ type: "ADDED", object: before, version: "1" });
      for (const known of claims) {
        const gone = { ...known, metadata: { ...known.metadata, resourceVersion: "1" } };
        looks.caches.claims.handle({ type: "DELETED", object: gone, version: "1" });
      }
    }
    expect(looks.caches.pods.get("models", "phi-1")).to.equal(pod);
    expect(looks.caches.claims.list()).to.have.members(claims).and.have.length(2);
    for (const key of ["models/phi", "models/late", "models/phi"]) await looks.look(key);
    const [created, ...more] = looks.claimWrites();
    expect(created).to.match(/^POST c/);
    expect(more).to.deep.equal([]);
  });

  it("N26: a status that a hundred times cannot be written does no harm, and is written in the end", async () => {
    looks = await looking(() => {});
    await waiting("a", "b");
    looks.server.next(isStatusWrite, ...Array.from({ length: 100 }, () => refuses(409, "Conflict")));
    for (let i = 0; i < 100; i++) expect(await looks.look("models/a")).to.deep.equal({ kind: "failed" });
    await looks.look("models/b");
    expect(looks.claimWrites(), "one for each, however often it was looked at").to.have.length(2);
    expect((await looks.look("models/a")).kind).to.equal("done");
    expect(looks.caches.workspaces.get("models", "a")).to.have.nested.property("status.state", "Pending");
  });

  it("N26: a verb that is forbidden is told in the status, and others go on", async () => {
    looks = await looking(() => {});
    await waiting("a", "b");
    const isCreate = ({ method, url }: Seen): boolean => method === "POST" && url.pathname === CLAIMS;
    looks.server.next(isCreate, refuses(403, "Forbidden"), refuses(403, "Forbidden"));
    await looks.look("models/a");
    await looks.look("models/a");
    const conditions = JSON.stringify(looks.caches.workspaces.get("models", "a"));
    expect(conditions).to.contain("ApplyFailed").and.contain("Forbidden: on purpose");
    await looks.look("models/b");
    expect(looks.claimWrites().filter((one) => one.startsWith("POST"))).to.have.length(3);
    await looks.look("models/a");
    expect(looks.caches.claims.size).to.equal(2);
  });

  it("N26: a read that is forbidden is told in the status, nothing is done without it, and others go on", async () => {
    looks = await looking(() => {});
    await waiting("a", "b");
    const first = podOf("a");
    looks.putPod({ ...first, spec: { ...objectAt(first, "spec"), ...mounting("w") } });
    const isMounting = () => objectsAt(looks.caches.pods.get("models", "a-1"), "spec", "volumes").length > 0;
    await until("the volume to be seen", isMounting);
    const isRead = ({ url }: Seen): boolean => url.pathname.endsWith("/persistentvolumeclaims/w");
    const forbids = refuses(403, "Forbidden");
    looks.server.next(isRead, forbids, forbids);
    const ready = () => conditionAt(looks.caches.workspaces.get("models", "a"), "Ready");
    for (let i = 0; i < 2; i++) {
      expect(await looks.look("models/a"), "to be tried again").to.deep.equal({ kind: "failed" });
      expect(looks.claimWrites()).to.deep.equal([]);
      expect(ready()?.["reason"]).to.equal("ApplyFailed");
      expect(ready()?.["message"])
        .to.contain("persistentvolumeclaims/w: 403 Forbidden: Forbidden: on purpose")
        .and.match(/; next: apply the roles of this version \(manifests\/rbac\)/);
    }
    expect(looks.writes().filter(isStatusWrite), "told once").to.have.length(1);
    await looks.look("models/b");
    expect(looks.claimWrites()).to.have.length(1);
    expect((await looks.look("models/a")).kind).to.equal("done");
    expect(looks.claimWrites()).to.have.length(2);
    expect(ready()?.["reason"]).to.equal("WaitingForCapacity");
  });

  it("N26: a read that is forbidden does not keep a Workspace that is deleted, or its nodes", async () => {
    looks = await looking(() => {});
    looks.putWorkspace(leaving("a"));
    const first = podOf("a");
    looks.putPod({ ...first, spec: { ...objectAt(first, "spec"), ...mounting("w") } });
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    const isRead = ({ url }: Seen): boolean => url.pathname.endsWith("/persistentvolumeclaims/w");
    looks.server.next(isRead, refuses(403, "Forbidden"));
    expect((await looks.look("models/a")).kind).to.equal("done");
    const conditions = JSON.stringify(looks.caches.workspaces.get("models", "a"));
    expect(conditions).to.contain("waiting for 1 pods to end").and.not.contain("ApplyFailed");
  });

  it("N26: a read that is forbidden is told in events of pods that ask for a preset", async () => {
    looks = await looking(() => {});
    const made = podOf("a");
    const metadata = { ...objectAt(made, "metadata"), labels: { [PRESET_LABEL]: "phi-4" } };
    looks.putPod({ ...made, metadata });
    await until("the pod to be seen", () => looks.caches.pods.size === 1);
    const forbids = refuses(403, "Forbidden");
    looks.server.next(({ url }) => url.pathname === "/api/v1/namespaces/models", forbids, forbids);
    const key = keyOfShare(shareOfPresetPod({ ...made, metadata }, "models"));
    for (let i = 0; i < 2; i++) expect(await looks.look(key)).to.deep.equal({ kind: "failed" });
    const [event, ...more] = looks.writes().map(({ body }) => JSON.parse(body) as JsonObject);
    expect(more).to.deep.equal([]);
    expect(event).to.deep.include({ reason: "ApplyFailed", type: "Warning" });
    expect(event?.["note"]).to.match(/^GET .*namespaces\/models: 403 Forbidden.*; next: apply the roles/);
  });

  it("N26: an API server that needs five seconds for a write holds nobody else up", async function () {
    this.timeout(60_000);
    looks = await looking(() => {});
    await waiting("a", "b");
    let slowEnded = false;
    looks.server.next(isStatusWrite, (_, response) => {
      setTimeout(() => {
        slowEnded = true;
        refuses(409, "Conflict")(_, response);
      }, 5000);
    });
    const slow = looks.look("models/a");
    await looks.look("models/b");
    expect(slowEnded).to.equal(false);
    expect(await slow).to.deep.equal({ kind: "failed" });
    expect((await looks.look("models/a")).kind).to.equal("done");
  });

  it("N27: no node is asked for where its pod got one, or went, while the plan was carried out", async () => {
    for (const happens of [
      { type: "MODIFIED", spec: { nodeName: "n1" } },
      { type: "DELETED", spec: {} },
      { type: "none", spec: {} },
    ] as const) {
      looks = await looking(() => {});
      looks.putWorkspace(named("a"));
      looks.putPod(podOf("a"));
      await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
      const pod = looks.caches.pods.get("models", "a-1");
      if (pod === undefined) throw new Error("the pod is not known");
      // The workload is applied before the node is asked for; this never holds, it only happens meanwhile.
      const meanwhile = ({ method, url }: Seen): boolean => {
        if (method !== "PATCH" || !url.pathname.endsWith("/deployments/a")) return false;
        const metadata = { ...pod.metadata, resourceVersion: "999999" };
        const object = { ...pod, metadata, spec: { ...(pod as { spec?: JsonObject }).spec, ...happens.spec } };
        if (happens.type !== "none") looks.caches.pods.handle({ type: happens.type, object, version: "999999" });
        return false;
      };
      looks.server.next(meanwhile, () => {});
      await looks.look("models/a");
      expect(looks.claimWrites(), happens.type).to.have.length(happens.type === "none" ? 1 : 0);
      await looks.stop();
    }
  });

  it("N29: eight GPUs are never passed by three that plan at the same time", async () => {
    looks = await looking(() => {}, { limits: { gpus: 8 } });
    const names = Array.from({ length: 12 }, (_, i) => `w${i}`);
    await waiting(...names);
    for (let i = 0; i < names.length; i += 3) {
      await Promise.all(names.slice(i, i + 3).map((name) => looks.look(`models/${name}`)));
    }
    await Promise.all(names.map((name) => looks.look(`models/${name}`)));
    expect(looks.claimWrites()).to.have.length(8);
    const told = names.map((name) => JSON.stringify(looks.caches.workspaces.get("models", name)));
    expect(told.filter((one) => one.includes("LimitReached"))).to.have.length(4);
  });

  it("launches of all owners together keep to their bound, and each gets its part", async () => {
    looks = await looking(() => {}, { mostLaunching: 4 });
    looks.putWorkspace(named("many", { workload: { ...expansion.workload, replicas: 6 } }));
    for (let i = 1; i <= 6; i++) looks.putPod(podOf("many", i));
    looks.putWorkspace(named("one"));
    looks.putPod(podOf("one"));
    await until("both to be seen", () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 7);
    for (const name of ["many", "one"]) await looks.settle(name);
    await looks.look("models/many");
    expect(looks.caches.totals.launchingCount, "half: another waits").to.equal(2);
    await looks.look("models/one");
    await looks.look("models/many");
    expect(looks.caches.totals.launchingCount).to.equal(3);
    expect(looks.memory.awaitingLaunch()).to.deep.equal(["models/many"]);
    const joined = looks.caches.claims.byIndex("owner", "models/one")[0];
    if (joined === undefined) throw new Error("no claim");
    const status = { conditions: [{ type: "Registered", status: "True" }] };
    looks.putClaim({ ...joined, status } as unknown as JsonObject);
    looks.putPod(renamed(ownedPod("one-1", { nodeName: "n1", ready: true }), "one"));
    await until("it to have joined", () => looks.caches.totals.launchingCount === 2);
    await until("its pod to have a node", () => !looks.caches.waiting.keys.has("models/one"));
    await looks.look("models/many");
    expect(looks.caches.totals.launchingCount, "all: nobody else waits").to.equal(4);
    expect(looks.claimWrites()).to.have.length(5);
    expect(looks.server.store.list(PODS)).to.have.length(7);
  });
});
