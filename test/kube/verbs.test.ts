import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { connect } from "../../src/kube/connect.ts";
import { isAbsent, isAlreadyExists, isConflict, isUnserved } from "../../src/kube/error.ts";
import type { Kube, KubeObject } from "../../src/kube/kube.ts";
import { list } from "../../src/kube/list.ts";
import {
  collectionPath,
  EVENTS,
  NODE_CLAIMS,
  NODES,
  PODS,
  pathOf,
  SECRETS,
  SERVICE_ACCOUNTS,
  WORKSPACES,
} from "../../src/kube/resources.ts";
import {
  apply,
  applyStatus,
  create,
  createSubresource,
  get,
  jsonPatch,
  mergePatch,
  remove,
  replace,
} from "../../src/kube/verbs.ts";
import { FakeApiServer, isList } from "./support/api-server.ts";
import { failure } from "./support/failure.ts";
import { json, statusOf } from "./support/rest.ts";

const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "team" } } as KubeObject;
const A = { resource: PODS, namespace: "team", name: "a" };

describe("paths", () => {
  it("follow from the resource", () => {
    expect(pathOf(A)).to.equal("/api/v1/namespaces/team/pods/a");
    expect(pathOf({ resource: NODES, name: "n" })).to.equal("/api/v1/nodes/n");
    expect(pathOf({ resource: NODE_CLAIMS, name: "c", subresource: "status" })).to.equal(
      "/apis/karpenter.sh/v1/nodeclaims/c/status",
    );
    expect(collectionPath(WORKSPACES, "team")).to.equal("/apis/kaito.sh/v1beta1/namespaces/team/workspaces");
    expect(collectionPath(EVENTS)).to.equal("/apis/events.k8s.io/v1/events");
    expect(pathOf({ ...A, name: "system:node?x=1" })).to.equal("/api/v1/namespaces/team/pods/system%3Anode%3Fx%3D1");
  });

  it("never turn a missing name into the path of a collection", () => {
    for (const name of ["", ".", "..", "a/b"]) expect(() => pathOf({ ...A, name })).to.throw(TypeError, "API path");
    expect(() => pathOf({ ...A, namespace: "" })).to.throw(TypeError, "API path");
    expect(() => pathOf({ resource: PODS, name: "a" })).to.throw(TypeError, "no namespace was given");
    expect(() => collectionPath(NODES, "team")).to.throw(TypeError, "are not namespaced");
  });
});

describe("verbs", () => {
  let server: FakeApiServer;
  let kube: Kube;
  beforeEach(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
  });
  afterEach(async () => {
    await kube.close();
    await server.stop();
  });

  const last = () => {
    const { method, url, headers, body } = server.seen.at(-1)!;
    const type = headers["content-type"];
    return { method, path: `${url.pathname}${url.search}`, type, body: body === "" ? undefined : JSON.parse(body) };
  };

  it("create, get, replace and remove", async () => {
    const created = await create(kube, PODS, POD);
    expect(await get(kube, A)).to.deep.equal(created);
    expect(isAlreadyExists(await failure(create(kube, PODS, POD)))).to.equal(true);
    const replaced = await replace(kube, PODS, { ...created, spec: { a: 1 } });
    expect(replaced.metadata.resourceVersion).to.not.equal(created.metadata.resourceVersion);
    expect(isConflict(await failure(replace(kube, PODS, created)))).to.equal(true);
    expect(isConflict(await failure(remove(kube, A, { uid: "another" })))).to.equal(true);
    expect(await remove(kube, A, { uid: created.metadata.uid ?? "" })).to.equal(true);
    expect(await remove(kube, A)).to.equal(false);
    expect(await get(kube, A)).to.equal(undefined);
    expect(isAbsent(await failure(replace(kube, PODS, created)))).to.equal(true);
  });

  it("say dry run, manager, force and preconditions as the API wants them", async () => {
    const object = { ...POD, spec: { x: 1 } };
    await apply(kube, PODS, object, { fieldManager: "foresail", force: true, dryRun: true });
    expect(last()).to.deep.equal({
      method: "PATCH",
      path: "/api/v1/namespaces/team/pods/a?dryRun=All&fieldManager=foresail&force=true",
      type: "application/apply-patch+yaml",
      body: object,
    });
    await applyStatus(kube, PODS, object, { fieldManager: "foresail" });
    expect(last().path).to.equal("/api/v1/namespaces/team/pods/a/status?fieldManager=foresail");
    await mergePatch(kube, A, { spec: { x: null } });
    expect(last()).to.include({ method: "PATCH", type: "application/merge-patch+json" });
    await jsonPatch(kube, A, [{ op: "remove", path: "/spec" }]).catch(() => {});
    expect(last()).to.include({ method: "PATCH", type: "application/json-patch+json" });
    await create(kube, PODS, { ...POD, metadata: { name: "b", namespace: "team" } }, { dryRun: true });
    expect(last().path).to.equal("/api/v1/namespaces/team/pods?dryRun=All");
    const options = { resourceVersion: "7", uid: "u", propagationPolicy: "Foreground", dryRun: true } as const;
    await failure(remove(kube, A, options));
    expect(last().body).to.deep.equal({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      preconditions: { resourceVersion: "7", uid: "u" },
      dryRun: ["All"],
    });
  });

  it("ask for a ServiceAccount's token", async () => {
    server.next(
      () => true,
      (_request, response) => void json(response, 201, { kind: "TokenRequest", status: { token: "t" } }),
    );
    const ref = { resource: SERVICE_ACCOUNTS, namespace: "team", name: "default", subresource: "token" } as const;
    const answer = await createSubresource(kube, ref, { spec: { expirationSeconds: 600 } });
    expect(answer["status"]).to.deep.equal({ token: "t" });
    expect(last().path).to.equal("/api/v1/namespaces/team/serviceaccounts/default/token");
  });

  it("tell a missing object from a missing resource type", async () => {
    const unserved = { kind: "Status", code: 404, reason: "NotFound", message: "no such resource", details: {} };
    server.next(
      () => true,
      (_request, response) => void json(response, 404, unserved),
      (_request, response) => response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found"),
    );
    for (let i = 0; i < 2; i++) {
      expect(isUnserved(await failure(get(kube, { resource: NODE_CLAIMS, name: "c" })))).to.equal(true);
    }
    expect(await get(kube, { resource: NODE_CLAIMS, name: "c" })).to.equal(undefined);
  });

  it("refuse answers that are no object, and objects without a namespace", async () => {
    server.next(
      () => true,
      (_request, response) => void json(response, 200, ["surprise"]),
    );
    expect(await failure(get(kube, A))).to.include({ reason: "NotAnObject" });
    expect((await failure(create(kube, PODS, { metadata: { name: "a" } }))).message).to.contain("metadata.namespace");
  });

  describe("list", () => {
    beforeEach(() => {
      for (let i = 0; i < 9; i++) {
        const metadata = { name: `pod-${i}`, namespace: "team", labels: { a: "b" } };
        server.store.put(`/api/v1/namespaces/team/pods/pod-${i}`, { metadata });
      }
    });
    const names = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.name);
    const NINE = Array.from({ length: 9 }, (_, i) => `pod-${i}`);

    it("puts pages together, with the version of the first", async () => {
      const { items, resourceVersion } = await list(kube, PODS, {
        namespace: "team",
        pageSize: 4,
        labelSelector: "a=b",
      });
      expect(names(items)).to.deep.equal(NINE);
      expect(resourceVersion).to.equal("109");
      const pages = server.seenThat(isList).map(({ url }) => url.searchParams);
      expect(pages.map((each) => each.get("continue"))).to.deep.equal([null, "109:4", "109:8"]);
      expect(pages.map((each) => each.get("labelSelector"))).to.deep.equal(["a=b", "a=b", "a=b"]);
    });

    it("starts over in one piece when the server has forgotten the snapshot", async () => {
      const isSecond = (request: { url: URL }) => request.url.searchParams.has("continue");
      server.next(isSecond, (_request, response) => void statusOf(response, 410, "Expired"));
      expect(names((await list(kube, PODS, { pageSize: 4 })).items)).to.deep.equal(NINE);
      expect(server.seen.at(-1)?.url.searchParams.has("limit")).to.equal(false);
    });

    it("takes smaller pages when they are too large", async () => {
      const narrow: Kube = { ...kube, call: (request) => kube.call({ ...request, maxBytes: 700 }) };
      expect(names((await list(narrow, PODS, { pageSize: 9 })).items)).to.deep.equal(NINE);
      const limits = server.seenThat(isList).map(({ url }) => url.searchParams.get("limit"));
      expect(limits.slice(0, 2)).to.deep.equal(["9", "2"]);
    });

    it("refuses Secrets", async () => {
      expect((await failure(list(kube, SECRETS))).message).to.contain("get the one you need by name");
    });
  });
});
