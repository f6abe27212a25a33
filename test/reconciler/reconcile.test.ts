import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { pino } from "pino";
import { nameOf, objectAt, objectsAt } from "../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { shareOfPresetPod } from "../../src/core/preset-pod/preset-pod.ts";
import { PRESET_LABEL } from "../../src/core/preset-pod/words.ts";
import { connect } from "../../src/kube/connect.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { act } from "../../src/reconciler/act.ts";
import { usersOfClaim } from "../../src/reconciler/claim-users.ts";
import { keyOfShare } from "../../src/reconciler/keys.ts";
import { A100, claim, NOW } from "../core/capacity/facts.ts";
import { mounting, storageClass, volume, volumeClaim, ZONE } from "../core/capacity/volume-objects.ts";
import { expansion } from "../core/children/workspaces.ts";
import { ownedPod, world } from "../core/plan/worlds.ts";
import { until } from "../kube/support/until.ts";
import { isWatchOf, type Looking, looking, silence } from "./support/looking.ts";
import { named, podOf } from "./support/named.ts";

const SHARE = { "foresail.dev/share": "abc", "app.kubernetes.io/managed-by": "foresail" };

function managed(made: JsonObject, labels?: JsonObject): JsonObject {
  const metadata = made["metadata"] as JsonObject;
  const own = { ...(metadata["labels"] as JsonObject), "app.kubernetes.io/managed-by": "foresail" };
  return { ...made, metadata: { ...metadata, labels: labels ?? own } };
}

describe("one look at a Workspace", () => {
  let looks: Looking;
  afterEach(() => looks.stop());

  it("deletes claims whose Workspace is gone", async () => {
    looks = await looking(() => {});
    looks.putClaim(managed(claim("c1", { node: "n1" })));
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    expect(await looks.look("models/phi")).to.deep.equal({ kind: "done" });
    expect(looks.claimWrites()).to.deep.equal(["PATCH c1", "DELETE c1"]);
  });

  it("writes on a claim why it is deleted, before it is: the next leader must not take it for refused", async () => {
    looks = await looking(() => {});
    looks.putClaim(managed(claim("c1")));
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    looks.server.next(
      ({ method }) => method === "DELETE",
      (_request, response) => response.writeHead(500).end(),
    );
    expect(await looks.look("models/phi")).to.deep.equal({ kind: "failed" });
    expect(looks.caches.claims.get(undefined, "c1")?.metadata.annotations).to.deep.equal({
      "foresail.dev/deleted-because": "its Workspace does not exist",
    });
  });

  it("N6: asks for a Workspace that no watch has shown before it deletes its claims", async () => {
    looks = await looking((server) => server.next(isWatchOf("workspaces"), silence));
    looks.putWorkspace(named("phi"));
    looks.putClaim(managed(claim("c1", { node: "n1" })));
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    expect(looks.caches.workspaces.size).to.equal(0);
    await looks.look("models/phi");
    expect(looks.claimWrites()).to.deep.equal([]);
  });

  it("N6: asks for the pods of a node that no watch has shown before it gives the node back", async () => {
    looks = await looking((server) => server.next(isWatchOf("pods"), silence), { emptyNodeGraceMs: 0 });
    looks.putClaim(managed(claim("c1", { node: "n1" }), SHARE));
    looks.putPod(ownedPod("late", { nodeName: "n1", ready: true }));
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    expect(looks.caches.pods.size).to.equal(0);
    expect(await looks.look("/abc")).to.deep.equal({ kind: "failed" });
    await looks.look("/abc");
    expect(looks.claimWrites()).to.deep.equal([]);
  });

  it("gives shared nodes back that no Workspace uses any more", async () => {
    looks = await looking(() => {}, { emptyNodeGraceMs: 0 });
    looks.putClaim(managed(claim("c1", { node: "n1" }), SHARE));
    await until("the claim to be seen", () => looks.caches.claims.size === 1);
    await looks.look("/abc");
    expect(looks.claimWrites()).to.deep.equal(["PATCH c1", "DELETE c1"]);
  });

  it("keeps to the limits while others are planned at the same time", async () => {
    looks = await looking(() => {}, { limits: { nodes: 1 } });
    for (const name of ["a", "b"]) {
      looks.putWorkspace(named(name));
      looks.putPod(podOf(name));
    }
    await until("both to be seen", () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 2);
    await Promise.all([looks.look("models/a"), looks.look("models/b")]);
    expect(looks.claimWrites()).to.have.length(1);
  });

  it("buys shared nodes once while all who share them are looked at at the same time", async () => {
    looks = await looking(() => {});
    const shared = { nodes: { ...expansion.nodes, share: "abc" } };
    for (const name of ["a", "b"]) {
      looks.putWorkspace(named(name, shared));
      const { affinity: _, ...spec } = podOf(name)["spec"] as JsonObject & { affinity: unknown };
      looks.putPod({ ...podOf(name), spec });
    }
    await until("both to be seen", () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 2);
    await looks.settle("a");
    await looks.settle("b");
    await Promise.all([looks.look("models/a"), looks.look("models/b")]);
    expect(looks.claimWrites()).to.have.length(2);
    await Promise.all([looks.look("models/a"), looks.look("models/b")]);
    expect(looks.claimWrites()).to.have.length(2);
  });

  it("does not ask for what another Workspace was refused", async () => {
    looks = await looking(() => {});
    const untilTime = new Date(NOW + 3_600_000).toISOString();
    const refused = { instanceType: A100, reason: "SizeNotAvailable", message: "none", until: untilTime };
    const learnt = named("a");
    looks.putWorkspace({ ...learnt, status: { ...learnt.status, attempts: [refused] } });
    looks.putWorkspace(named("b"));
    looks.putPod(podOf("b"));
    await until("all to be seen", () => looks.caches.workspaces.size === 2 && looks.caches.pods.size === 1);
    await looks.settle("b");
    await looks.look("models/b");
    expect(looks.claimWrites()).to.deep.equal([]);
  });

  it("reads labels of namespaces only where a pod selects by them", async () => {
    looks = await looking(() => {});
    looks.putWorkspace(named("a"));
    looks.putPod(podOf("a"));
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    await looks.look("models/a");
    const reads = () => looks.server.seen.filter(({ url }) => url.pathname === "/api/v1/namespaces/models");
    expect(reads()).to.have.length(0);
    const pod = podOf("a", 2);
    const term = { topologyKey: "kubernetes.io/hostname", labelSelector: {}, namespaceSelector: {} };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    looks.putPod({ ...pod, spec: { ...(pod["spec"] as JsonObject), affinity: { podAntiAffinity } } });
    await until("the pod to be seen", () => looks.caches.pods.size === 2);
    await looks.look("models/a");
    expect(reads()).to.have.length(1);
  });

  it("reads volumes by name, of pods without a node only, and asks for a node in their zone", async () => {
    const claims = "/api/v1/namespaces/models/persistentvolumeclaims";
    looks = await looking(({ store }) => {
      const put = (path: string, made: JsonObject) =>
        store.put(`${path}/${nameOf(made)}`, made as KubeObject & JsonObject & { metadata: JsonObject });
      put(claims, volumeClaim("w", { volumeName: "pv", storageClassName: "zonal" }));
      put(claims, volumeClaim("x", { storageClassName: "zonal" }));
      put("/api/v1/persistentvolumes", volume("pv", [ZONE, "eastus-2"]));
      put("/apis/storage.k8s.io/v1/storageclasses", storageClass("zonal", ZONE, "eastus-1", "eastus-2"));
    });
    const reads = (): readonly string[] =>
      looks.server.seen.flatMap(({ url }) => (/volumes|volumeclaims|storage/.test(url.pathname) ? [url.pathname] : []));
    looks.putWorkspace(named("a"));
    const bound = podOf("a", 9);
    const onNode = { ...objectAt(bound, "spec"), ...mounting("z"), nodeName: "n1" };
    looks.putPod({ ...bound, spec: onNode });
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    await looks.settle("a");
    await looks.look("models/a");
    expect(reads()).to.deep.equal([]);
    for (const n of [1, 2]) {
      const waiting = podOf("a", n);
      looks.putPod({ ...waiting, spec: { ...objectAt(waiting, "spec"), ...mounting("w", "x") } });
    }
    await until("the pods to be seen", () => looks.caches.pods.size === 3);
    await looks.look("models/a");
    expect(reads()).to.have.members([
      `${claims}/w`,
      `${claims}/x`,
      "/api/v1/persistentvolumes/pv",
      "/apis/storage.k8s.io/v1/storageclasses/zonal",
    ]);
    const made = looks.writes().find(({ method, url }) => method === "POST" && url.pathname.endsWith("/nodeclaims"));
    expect(objectsAt(JSON.parse(made?.body ?? "{}"), "spec", "requirements")).to.deep.include({
      key: ZONE,
      operator: "In",
      values: ["eastus-2"],
    });
  });

  it("asks for no volume of a name that none can have", async () => {
    looks = await looking(() => {});
    looks.putWorkspace(named("a"));
    const waiting = podOf("a");
    looks.putPod({ ...waiting, spec: { ...objectAt(waiting, "spec"), ...mounting("../secrets/w", "", "..") } });
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    expect(await looks.look("models/a")).to.include({ kind: "done" });
    expect(looks.server.seen.filter(({ url }) => url.pathname.includes("secrets"))).to.deep.equal([]);
  });

  it("reads volumes of pods that ask for a preset, too", async () => {
    looks = await looking(() => {});
    const made = podOf("a");
    const metadata = { ...objectAt(made, "metadata"), labels: { [PRESET_LABEL]: "phi-4" } };
    looks.putPod({ ...made, metadata, spec: { ...objectAt(made, "spec"), ...mounting("w") } });
    await until("the pod to be seen", () => looks.caches.pods.size === 1);
    await looks.look(keyOfShare(shareOfPresetPod({ ...made, metadata }, "models")));
    const claims = "/api/v1/namespaces/models/persistentvolumeclaims";
    expect(looks.server.seen.filter(({ url }) => url.pathname === `${claims}/w`)).to.have.length(1);
  });

  it("reads no volume where no node is bought", async () => {
    const { settings } = world();
    looks = await looking(() => {}, { settings: { ...settings, provider: "byo" } });
    looks.putWorkspace(named("a"));
    const waiting = podOf("a");
    looks.putPod({ ...waiting, spec: { ...objectAt(waiting, "spec"), ...mounting("w") } });
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    await looks.look("models/a");
    expect(looks.server.seen.filter(({ url }) => url.pathname.includes("volume"))).to.deep.equal([]);
  });

  it("buys in the zone of a pod on somebody else's node where the affinity of its own asks for that", async () => {
    looks = await looking(() => {});
    const zone = "topology.kubernetes.io/zone";
    looks.putWorkspace(named("a", { nodes: { ...expansion.nodes, zones: ["eastus-1", "eastus-2"] } }));
    const labelSelector = { matchLabels: { app: "cache" } };
    const affinity = {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zone, labelSelector }] },
    };
    const pod = podOf("a");
    looks.putPod({ ...pod, spec: { ...(pod["spec"] as JsonObject), affinity } });
    looks.putNode({ metadata: { name: "cpu-1", labels: { [zone]: "eastus-2" } } });
    looks.putPod({
      metadata: { name: "cache", namespace: "models", labels: { app: "cache" } },
      spec: { nodeName: "cpu-1" },
    });
    await until("all to be seen", () => looks.caches.pods.size === 2 && looks.caches.nodes.size === 1);
    await until("the Workspace to be seen", () => looks.caches.workspaces.size === 1);
    await looks.settle("a");
    await looks.look("models/a");
    const [made] = looks
      .writes()
      .filter(({ method, url }) => method === "POST" && url.pathname.endsWith("/nodeclaims"));
    expect(JSON.stringify(made?.body)).to.contain("eastus-2").and.not.contain("eastus-1");
  });

  it("remembers the end of a claim that it deletes for the next look to count, and no other", async () => {
    looks = await looking(() => {});
    for (const name of ["c1", "c2"]) looks.putClaim(managed(claim(name, { node: `n-${name}` })));
    await until("both to be seen", () => looks.caches.claims.size === 2);
    const kube = await connect({ kubeconfig: looks.server.kubeconfig() });
    const { caches, memory } = looks;
    const hands = { kube, caches, memory, log: pino({ level: "silent" }), mayWrite: () => true };
    const uidOf = (name: string): string => caches.claims.get(undefined, name)?.metadata.uid ?? "";
    const removal = (name: string, tellsItsEnd: boolean) =>
      ({ kind: "deleteClaim", name, uid: uidOf(name), why: "", ifUnused: `n-${name}`, tellsItsEnd }) as const;
    await act(hands, world(), [removal("c1", true), removal("c2", false)], new AbortController().signal);
    expect(looks.claimWrites()).to.deep.equal(["DELETE c1", "PATCH c2", "DELETE c2"]);
    await kube.close();
  });

  it("takes another name for a claim where the first one belongs to something else", async () => {
    looks = await looking((server) => server.next(isWatchOf("nodeclaims"), silence));
    looks.putWorkspace(named("a"));
    looks.putPod(podOf("a"));
    await until("both to be seen", () => looks.caches.workspaces.size === 1 && looks.caches.pods.size === 1);
    await looks.settle("a");
    looks.server.next(
      ({ method, url }) => method === "POST" && url.pathname.endsWith("/nodeclaims"),
      (request, response) => {
        const { name } = (JSON.parse(request.body) as KubeObject).metadata;
        looks.putClaim({ apiVersion: "karpenter.sh/v1", kind: "NodeClaim", metadata: { name }, spec: {} });
        response.writeHead(409, { "content-type": "application/json" });
        response.end(JSON.stringify({ kind: "Status", status: "Failure", reason: "AlreadyExists", code: 409 }));
      },
    );
    expect(await looks.look("models/a")).to.deep.equal({ kind: "failed" });
    expect(await looks.look("models/a")).to.include({ kind: "done" });
    const [first, second, ...more] = looks.claimWrites();
    expect(second)
      .to.match(/^POST c/)
      .and.not.equal(first);
    expect(more).to.deep.equal([]);
  });

  it("writes nothing more once leadership has ended, in the middle of a plan too", async () => {
    looks = await looking(() => {});
    looks.putWorkspace(named("a"));
    await until("it to be seen", () => looks.caches.workspaces.size === 1);
    looks.server.next(
      ({ method }) => method === "PATCH",
      () => looks.depose(),
    );
    expect(await looks.look("models/a")).to.deep.equal({ kind: "failed" });
    expect(looks.writes()).to.have.length(1);
    expect(await looks.look("models/a")).to.deep.equal({ kind: "failed" });
    expect(looks.writes()).to.have.length(1);
  });

  it("tells all that share a node when its claim was refused, and nobody of a Workspace that is gone", async () => {
    looks = await looking(() => {});
    const sharing = { ...named("a"), expansion: { ...expansion, nodes: { ...expansion.nodes, share: "abc" } } };
    looks.putWorkspace(sharing);
    looks.putWorkspace(named("b"));
    await until("both to be seen", () => looks.caches.workspaces.size === 2);
    const shared = managed(claim("c1"), SHARE) as KubeObject & JsonObject;
    expect(usersOfClaim(looks.caches, shared)).to.deep.equal(["models/a"]);
    expect(usersOfClaim(looks.caches, claim("c2") as KubeObject & JsonObject)).to.deep.equal([]);
  });
});
