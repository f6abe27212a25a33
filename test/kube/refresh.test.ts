import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { createCache } from "../../src/kube/cache.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Kube, KubeObject } from "../../src/kube/kube.ts";
import { refresh } from "../../src/kube/refresh.ts";
import { PODS } from "../../src/kube/resources.ts";
import { FakeApiServer } from "./support/api-server.ts";
import { POD_PATH } from "./support/following.ts";

describe("refresh", () => {
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
  const put = (name: string, note = ""): KubeObject =>
    server.store.put(`${POD_PATH}/${name}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      note,
    });

  it("tells a cache whose watch is late what came, what changed and what went", async () => {
    const cache = createCache();
    for (const name of ["went", "changed", "same"]) cache.wrote(put(name));
    server.store.delete(`${POD_PATH}/went`);
    put("changed", "anew");
    put("came");
    await refresh(kube, PODS, cache, {});
    const held = cache.list().map((pod) => `${pod.metadata.name} ${(pod as { note?: string }).note}`);
    expect(held.sort()).to.deep.equal(["came ", "changed anew", "same "]);
  });

  it("takes nothing back that is newer than the list", async () => {
    const cache = createCache();
    put("known");
    const made = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "made", namespace: "default", resourceVersion: "999999999" },
    };
    cache.wrote(made);
    await refresh(kube, PODS, cache, {});
    expect(
      cache
        .list()
        .map((pod) => pod.metadata.name)
        .sort(),
    ).to.deep.equal(["known", "made"]);
  });

  it("keeps of each object what is to be kept", async () => {
    const cache = createCache();
    put("large", "x".repeat(1000));
    await refresh(kube, PODS, cache, { keep: ({ metadata }) => ({ metadata }) });
    expect(cache.list()).to.have.length(1);
    expect(cache.list()[0]).to.not.have.property("note");
  });
});
