import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { type Fault, isList, isWatch } from "./support/api-server.ts";
import { type Following, following } from "./support/following.ts";
import { answer } from "./support/rest.ts";
import { until } from "./support/until.ts";

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

describe("follow of a kind that a cluster need not have", () => {
  let world: Following;
  afterEach(() => world.stop());

  const unserved: Fault = (_request, response) => {
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("404 page not found\n");
  };
  const absent = (answers: readonly boolean[]) => {
    const left = [...answers];
    return async () => left.shift() ?? expect.fail("asked once more than expected");
  };
  it("takes it for empty once its definition is known to be missing, and finds it when it comes", async () => {
    world = await following([], { absentMs: 20 }, undefined, absent([true, true, true]));
    world.server.next(isWatch, unserved);
    world.server.next(isList, unserved, unserved);
    world.server.endWatches();
    await world.follower.synced;
    await until("all were met", () => world.server.pendingFaults === 0);
    expect(world.errors.map(({ message }) => message)).to.deep.equal([]);
    expect(world.follower.health().failures).to.equal(0);
    await world.watching();
    world.put("later");
    await world.caughtUp();
  });

  it("forgets what it knew with the definition, before another list could say so", async () => {
    world = await following(["known"], { absentMs: 300 }, undefined, absent([true, true]));
    await world.caughtUp();
    await world.watching();
    // No watch tells that it went: the next one is refused, and the next list.
    world.server.next(isWatch, (request, response) => {
      world.remove("known");
      unserved(request, response);
    });
    world.server.next(isList, unserved);
    world.server.endWatches();
    await until("the handler heard", () => world.events.some(({ type }) => type === "DELETED"));
    expect(world.server.pendingFaults).to.equal(1);
    await until("all were met", () => world.server.pendingFaults === 0);
    await world.watching();
    world.put("later");
    await world.caughtUp();
  });

  it("asks on while a server that has just started does not serve it yet", async () => {
    world = await following(["known"], { absentMs: 20 }, undefined, absent([false, false]));
    await world.watching();
    world.server.next(isWatch, unserved, unserved);
    world.server.endWatches();
    await until("both were met", () => world.server.pendingFaults === 0);
    await world.watching();
    expect(world.cache.list().map(({ metadata }) => metadata.name)).to.deep.equal(["known"]);
    expect(world.events.filter(({ type }) => type === "DELETED")).to.deep.equal([]);
  });
});
