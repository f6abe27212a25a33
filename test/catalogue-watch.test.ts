import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { followCatalogue, type LiveCatalogue } from "../src/catalogue-watch.ts";
import type { Catalogue } from "../src/core/catalogue.ts";
import { connect } from "../src/kube/connect.ts";
import type { Kube, KubeObject } from "../src/kube/kube.ts";
import { createLog } from "../src/log.ts";
import { FakeApiServer, isList } from "./kube/support/api-server.ts";
import { answer } from "./kube/support/rest.ts";
import { until } from "./kube/support/until.ts";

const COLLECTION = "/api/v1/namespaces/foresail-system/configmaps";
const SEED = 'vllmFlags: {seed: "7"}\n';
const WRONG = "vllmFlags:\n  seed: 7\n";

describe("the catalogue that follows ConfigMaps", () => {
  let server: FakeApiServer;
  let kube: Kube;
  let ending: AbortController;
  let live: LiveCatalogue | undefined;
  let refused: string[];
  let swaps: Catalogue[];

  beforeEach(async () => {
    server = await FakeApiServer.start();
    kube = await connect({ kubeconfig: server.kubeconfig() });
    ending = new AbortController();
    [refused, swaps, live] = [[], [], undefined];
  });
  afterEach(async () => {
    ending.abort(new Error("test is over"));
    await live?.follower.done;
    await kube.close();
    await server.stop();
  });

  const put = (name: string, data: { readonly [key: string]: string }): KubeObject =>
    server.store.put(`${COLLECTION}/${name}`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "foresail-system", labels: { "foresail.dev/catalog-data": "true" } },
      data,
    });

  function start(): LiveCatalogue {
    const following: LiveCatalogue = followCatalogue({
      kube,
      namespace: "foresail-system",
      catalog: [],
      log: createLog({ name: "test", level: "silent", to: "stderr" }),
      signal: ending.signal,
      timing: { idleMs: 150, maxMs: 2_000 },
      onChange: () => swaps.push(following.current()),
      onRefused: (_configMap, findings) => refused.push(...findings),
    });
    live = following;
    return following;
  }

  const seedOf = (catalogue: Catalogue): string | undefined => catalogue.current.defaults.vllmFlags["seed"];

  async function watching(): Promise<LiveCatalogue> {
    const following = start();
    await following.synced;
    await until("a watch is open", () => server.watches === 1);
    return following;
  }

  it("asks for the label and its own namespace, and has read all before it says so", async () => {
    put("ours", { "defaults.yaml": SEED });
    const following = start();
    expect(following.current().current.id).to.equal("2026.11.0");
    await following.synced;
    expect(seedOf(following.current())).to.equal("7");
    const [request] = server.seenThat(isList);
    expect(request?.url.pathname).to.equal(COLLECTION);
    expect(request?.url.searchParams.get("labelSelector")).to.equal("foresail.dev/catalog-data=true");
  });

  it("is not there before a list succeeds", async () => {
    server.next(isList, answer(403, "Forbidden"));
    const following = start();
    await until("the refusal was met", () => server.pendingFaults === 0);
    const first = await Promise.race([following.synced.then(() => "synced"), Promise.resolve("not yet")]);
    expect(first).to.equal("not yet");
    await following.synced;
  });

  it("builds once for changes that come together", async () => {
    await watching();
    for (let i = 0; i < 10; i++) put(`part-${i}`, { [`models.a.yaml`]: "", "defaults.yaml": SEED });
    for (let i = 0; i < 10; i++) put(`part-${i}`, { "defaults.yaml": SEED });
    await until("a swap", () => swaps.length > 0);
    expect(refused).to.deep.equal([]);
    expect(swaps.length).to.equal(1);
  });

  it("keeps the old when data is wrong, tells key and line, and takes it once it is right", async () => {
    const following = await watching();
    put("ours", { "defaults.yaml": SEED });
    await until("a swap", () => swaps.length === 1);
    put("ours", { "defaults.yaml": WRONG });
    await until("a refusal", () => refused.length > 0);
    expect(refused).to.deep.equal(["ConfigMap ours/defaults.yaml:2: vllmFlags.seed must be of type string, given 7"]);
    expect(seedOf(following.current())).to.equal("7");
    put("ours", { "defaults.yaml": SEED.replace("7", "8") });
    await until("a swap", () => swaps.length === 2);
    expect(seedOf(following.current())).to.equal("8");
    server.store.delete(`${COLLECTION}/ours`);
    await until("a swap", () => swaps.length === 3);
    expect(following.current().current.id).to.equal("2026.11.0");
  });

  it("never changes a catalogue it gave, and gives whole ones", async () => {
    const following = await watching();
    const before = following.current();
    put("ours", { "defaults.yaml": SEED });
    await until("a swap", () => swaps.length === 1);
    expect(seedOf(before)).to.equal(undefined);
    expect(Object.isFrozen(following.current().current)).to.equal(true);
  });

  it("leaves out what is wrong at the start, and keeps the rest", async () => {
    put("wrong", { "defaults.yaml": WRONG });
    put("binary", { logo: "x" });
    put("ours", { "defaults.yaml": SEED });
    const following = start();
    await following.synced;
    expect(seedOf(following.current())).to.equal("7");
    expect(refused.join("\n")).to.include("ConfigMap binary/logo:1: is no catalogue file: keys are names such as");
    expect(refused.join("\n")).to.include("ConfigMap wrong/defaults.yaml:2:");
  });
});
