import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { follow } from "../../src/kube/follow.ts";
import { SECRETS } from "../../src/kube/resources.ts";
import { type Fault, isList, isWatch } from "./support/api-server.ts";
import { failure } from "./support/failure.ts";
import { type Following, following } from "./support/following.ts";
import { statusOf } from "./support/rest.ts";
import { until } from "./support/until.ts";

const answer =
  (code: number, reason: string, headers: object = {}): Fault =>
  (_request, response) =>
    void statusOf(response, code, reason, headers);

/** Accepts the watch, sends this and leaves it open. */
const accepts =
  (text = ""): Fault =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (text !== "") response.write(text);
  };

const inStream = (code: number, reason: string) =>
  accepts(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code, reason, message: "scripted" } })}\n`);

describe("follow survives", () => {
  let world: Following;
  afterEach(() => world.stop());

  /** Changes of every kind while the fault is on, then everything has to arrive. */
  async function survives(fault: (world: Following) => void | Promise<void>): Promise<void> {
    world.put("changed");
    await world.caughtUp();
    await world.watching();
    await fault(world);
    world.put("added");
    world.put("changed", { phase: "Running" });
    world.remove("removed");
    await world.caughtUp();
    const types = world.events.filter(({ object }) => object.metadata.name === "removed").map(({ type }) => type);
    expect(types, "told once, in order").to.deep.equal(["ADDED", "DELETED"]);
  }

  it("a clean close", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => server.endWatches());
    expect(world.server.seenThat(isList)).to.have.length(1);
  });

  it("a TCP reset", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => server.resetConnections());
    expect(world.server.seenThat(isList), "resumes instead of listing again").to.have.length(1);
  });

  it("500 for watches and lists", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => {
      server.next(isWatch, ...Array.from({ length: 7 }, () => answer(500, "InternalError")));
      server.next(isList, answer(500, "InternalError"), answer(500, "InternalError"));
      server.endWatches();
    });
    await until("all faults were met", () => world.server.pendingFaults === 0 && world.errors.length >= 9);
    await world.watching();
    world.put("later");
    await world.caughtUp();
    expect(world.follower.health()).to.include({ failures: 0, lastError: undefined });
  });

  it("429, and waits as long as Retry-After says", async () => {
    world = await following(["removed"]);
    const from = world.server.seen.length;
    await survives(({ server }) => {
      server.next(isWatch, answer(429, "TooManyRequests", { "retry-after": "1" }));
      server.endWatches();
    });
    const [refused, accepted] = world.server.seen.slice(from).filter(isWatch).slice(-2);
    expect((accepted?.atMs ?? 0) - (refused?.atMs ?? 0)).to.be.at.least(990);
  });

  for (const [where, fault] of [
    ["as the answer", answer(410, "Expired")],
    ["in the stream", inStream(410, "Expired")],
  ] as const) {
    it(`410 ${where}, by listing again`, async () => {
      world = await following(["removed"]);
      await survives(({ server }) => {
        server.next(isWatch, fault);
        server.endWatches();
      });
      expect(world.server.seenThat(isList)).to.have.length(2);
    });
  }

  it("a compaction while it was away, telling what vanished", async () => {
    world = await following(["removed", "kept"]);
    await world.watching();
    const last = world.cache.get("default", "removed");
    await world.server.down();
    world.remove("removed");
    world.put("kept", { phase: "Running" });
    world.server.store.compact();
    await world.server.listen();
    await world.caughtUp();
    const deleted = world.events.filter(({ type }) => type === "DELETED");
    expect(deleted.map(({ object }) => object)).to.deep.equal([last]);
  });

  it("an ERROR in the stream", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => {
      server.next(isWatch, inStream(500, "InternalError"));
      server.endWatches();
    });
    expect(world.errors.map((error) => error.message)).to.include("watch: 500 InternalError: scripted");
  });

  it("a connection that has gone silent", async () => {
    world = await following(["removed"], { idleMs: 100 });
    await survives(({ server }) => {
      server.next(isWatch, accepts(), () => {}); // silent after the headers, silent before them
      server.endWatches();
    });
    expect(world.errors.filter((error) => /silent|no answer/.test(error.message))).to.have.length.at.least(2);
  });

  it("a handler that throws or rejects", async () => {
    world = await following(["removed"]);
    await survives(({ toThrow }) => {
      toThrow.push(
        () => {
          throw new Error("thrown by the handler");
        },
        () => Promise.reject(new Error("rejected by the handler")),
      );
    });
    expect(world.errors.map((error) => error.message)).to.deep.equal([
      "thrown by the handler",
      "rejected by the handler",
    ]);
    expect(world.server.seenThat(isWatch), "the watch went on").to.have.length(1);
  });

  it("an event cut in two at the end", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => {
      server.next(isWatch, (_request, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"type":"ADDED","object":{"metadata":{"name":"ha');
      });
      server.endWatches();
    });
    expect(world.cache.get("default", "ha")).to.equal(undefined);
  });

  it("lines that are not JSON and events it does not know", async () => {
    world = await following(["removed"]);
    await survives(({ server }) => {
      server.next(isWatch, accepts("<html>\n"));
      server.endWatches();
    });
    world.server.write('{"type":"NEW"}\n{"type":"ADDED","object":null}\n[]\n');
    await until(
      "all are reported",
      () => world.errors.filter(({ message }) => message.includes("skipped")).length === 3,
    );
    world.put("later");
    await world.caughtUp();
  });

  it("an object larger than allowed, which it skips", async () => {
    world = await following(["removed"], { maxObjectBytes: 2_000 });
    await world.watching();
    world.put("huge", { filler: "x".repeat(300_000) });
    world.put("small");
    await until("the next one arrives", () => world.cache.get("default", "small") !== undefined);
    await until("it is reported", () => world.errors.some(({ message }) => message.includes("at most 2000 are read")));
    expect(world.cache.get("default", "huge")).to.equal(undefined);
    expect(world.server.seenThat(isWatch)).to.have.length(1);
  });

  it("a restart of the API server", async () => {
    world = await following(["removed"]);
    await survives(async ({ server }) => {
      await server.down();
      await until("the loss is noticed", () => world.errors.length > 3);
      await server.listen();
    });
  });
});

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
    const { WORKSPACES } = await import("../../src/kube/resources.ts");
    const stuck = follow(world.kube, WORKSPACES, { signal, onEvent: () => {} });
    await until("it lists", () => world.server.pendingFaults === 0);
    controller.abort(new Error("enough"));
    await stuck.done;
    expect((await failure(stuck.synced)).message).to.equal("enough");
    expect(stuck.health().state).to.equal("ended");
    expect(() => follow(world.kube, SECRETS, { signal, onEvent: () => {} })).to.throw(TypeError, "by name");
  });
});
