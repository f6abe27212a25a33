import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { follow } from "../../src/kube/follow.ts";
import { SECRETS, WORKSPACES } from "../../src/kube/resources.ts";
import { type Fault, isList, isWatch } from "./support/api-server.ts";
import { failure } from "./support/failure.ts";
import { type Following, following } from "./support/following.ts";
import { answer } from "./support/rest.ts";
import { until } from "./support/until.ts";

describe("follow", () => {
  let world: Following;
  afterEach(() => world?.stop());

  it("resumes from the last bookmark", async () => {
    world = await following(["a"]);
    await world.watching();
    const bookmark = { type: "BOOKMARK", object: { kind: "Pod", metadata: { resourceVersion: "4711" } } };
    world.server.store.version = 4711;
    world.server.write(`${JSON.stringify(bookmark)}\n`);
    world.server.endWatches();
    await until("it watches again", () => world.server.seenThat(isWatch).length === 2);
    const [first, second] = world.server.seenThat(isWatch);
    expect(first?.url.searchParams.get("allowWatchBookmarks")).to.equal("true");
    expect(second?.url.searchParams.get("resourceVersion")).to.equal("4711");
    expect(world.server.seenThat(isList)).to.have.length(1);
  });

  it("lists in pages, and tells of the list only when it is complete", async () => {
    const names = Array.from({ length: 25 }, (_, i) => `pod-${i}`);
    world = await following(names, { pageSize: 10 });
    await world.cache.synced;
    expect(world.events.map(({ object }) => object.metadata.name)).to.deep.equal(names);
    expect(world.server.seenThat(isList)).to.have.length(3);
    expect(world.events[0]?.object, "as watch events have it").to.include({ apiVersion: "v1", kind: "Pod" });
  });

  it("holds no more of an object than is to be kept, listed, watched or gone", async () => {
    world = await following([], {}, ({ metadata }) => ({ metadata }));
    const { server } = world;
    await world.watching();
    world.put("watched", { large: "x" });
    await world.caughtUp();
    await server.down();
    world.put("listed", { large: "x" });
    world.remove("watched");
    server.store.compact();
    await server.listen();
    await world.caughtUp();
    const told = world.events.map(({ type, object }) => `${type} ${object.metadata.name} ${"large" in object}`);
    expect(told).to.deep.equal(["ADDED watched false", "DELETED watched false", "ADDED listed false"]);
  });

  it("deletes nothing for lists that fail or are incomplete", async () => {
    world = await following(["a", "b"]);
    await world.watching();
    const body = (text: string): Fault => {
      return (_request, response) => response.writeHead(200, { "content-type": "application/json" }).end(text);
    };
    world.server.next(isWatch, answer(410, "Expired"));
    world.server.next(
      isList,
      answer(500, "InternalError"),
      answer(403, "Forbidden"),
      body("{}"),
      body('{"metadata":{},"items":[]}'),
      body('{"metadata":{"resourceVersion":"900"}}'),
      body('{"metadata":{"resourceVersion":"900"},"items":[{}]}'),
      // An empty list that the server takes back a moment later.
      body('{"metadata":{"resourceVersion":"101"},"items":[]}'),
    );
    world.server.endWatches();
    world.put("c");
    await world.caughtUp();
    await until("all faults were met", () => world.server.pendingFaults === 0);
    expect(world.events.filter(({ type }) => type === "DELETED")).to.deep.equal([]);
  });

  it("believes an empty list that is repeated", async () => {
    world = await following(["a", "b"]);
    await world.watching();
    await world.server.down();
    world.remove("a");
    world.remove("b");
    world.server.store.compact();
    await world.server.listen();
    await world.caughtUp();
    expect(world.cache.size).to.equal(0);
  });

  it("stays unhealthy when the cluster's history has gone backwards", async () => {
    world = await following(["a"]);
    await world.watching();
    world.server.store.version = 3;
    world.server.next(isWatch, answer(410, "Expired"));
    world.server.endWatches();
    await until("it says so, again and again", () => world.follower.health().failures > 2);
    expect(world.follower.health().lastError).to.contain("restored from a backup");
    expect(world.cache.size).to.equal(1);
  });

  it("shows in its health when watches do not succeed", async () => {
    world = await following(["a"]);
    await world.watching();
    const healthy = world.follower.health();
    expect(healthy.lastSuccessMs).to.be.closeTo(performance.now(), 1_000);
    expect(healthy.lastSuccessWallMs).to.be.closeTo(Date.now(), 1_000);
    await world.server.down();
    await until("it fails", () => world.follower.health().failures > 2);
    const failing = world.follower.health();
    expect(failing.lastSuccessMs).to.equal(healthy.lastSuccessMs);
    expect(failing.lastError).to.contain("ECONNREFUSED");
  });

  it("ends with its signal, and says so to whoever waits for the first list", async () => {
    world = await following();
    await world.watching();
    const controller = new AbortController();
    world.server.next(isList, () => {});
    const { signal } = controller;
    const stuck = follow(world.kube, WORKSPACES, { signal, onEvent: () => {} });
    await until("it lists", () => world.server.pendingFaults === 0);
    controller.abort(new Error("enough"));
    await stuck.done;
    expect((await failure(stuck.synced)).message).to.equal("enough");
    expect(stuck.health().state).to.equal("ended");
    expect(() => follow(world.kube, SECRETS, { signal, onEvent: () => {} })).to.throw(TypeError, "by name");
  });
});
