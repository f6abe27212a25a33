import { expect } from "chai";
import { describe, it } from "mocha";
import { createQueue, type Outcome, QUEUE_TIMING, type QueueTiming } from "../../src/reconciler/queue.ts";
import { startVirtualTime } from "../simulation/time.ts";

const timing: QueueTiming = { idleMs: 20, maxMs: 60, backoffMinMs: 5, backoffMaxMs: 40, resyncMs: 60_000 };
const done: Outcome = { kind: "done" };

/** Resolves when `count` calls of `hit` were made. */
function counter(count: number): { hit: () => void; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let hits = 0;
  return {
    hit: () => {
      hits++;
      if (hits === count) resolve();
    },
    reached: promise,
  };
}

describe("the queue", () => {
  it("looks once at a key that changed many times", async () => {
    const looks: string[] = [];
    const { hit, reached } = counter(2);
    const queue = createQueue({
      timing,
      concurrency: 1,
      run: async (key) => {
        looks.push(key);
        hit();
        return done;
      },
    });
    for (let i = 0; i < 5; i++) queue.add("a");
    for (let i = 0; i < 5; i++) queue.add("b", true);
    await reached;
    await queue.stop();
    expect(looks).to.deep.equal(["a", "b"]);
  });

  it("N10: answers each pod of a stream that never ends, within the longest time of a batch", async () => {
    const time = startVirtualTime(0);
    try {
      const pods: number[] = [];
      const answeredMs: number[] = [];
      const queue = createQueue({
        concurrency: 1,
        run: async () => {
          for (const came of pods.splice(0)) answeredMs.push(time.nowMs() - came);
          return done;
        },
      });
      // Faster than a batch takes to be idle, then the half second of the table.
      for (const pauseMs of [...Array.from({ length: 30 }, () => 100), 500, 500, 500]) {
        pods.push(time.nowMs());
        queue.add("a", true);
        await time.runUntil(time.nowMs() + pauseMs);
      }
      await queue.stop();
      expect(pods).to.deep.equal([]);
      expect(answeredMs).to.have.length(33);
      expect(Math.max(...answeredMs)).to.be.within(1000, QUEUE_TIMING.maxMs);
    } finally {
      time.end();
    }
  });

  it("begins the next batch with what came during a look", async () => {
    const looks: number[] = [];
    const { hit, reached } = counter(2);
    const queue = createQueue({
      timing: { ...timing, idleMs: 200, maxMs: 400 },
      concurrency: 1,
      run: async (key) => {
        looks.push(performance.now());
        if (looks.length === 1) queue.add(key, true);
        hit();
        return done;
      },
    });
    queue.add("a");
    await reached;
    await queue.stop();
    expect((looks[1] ?? 0) - (looks[0] ?? 0)).to.be.greaterThan(150);
  });

  it("closes a batch after its longest time although changes go on", async () => {
    const { promise: first, resolve } = Promise.withResolvers<number>();
    const started = performance.now();
    const queue = createQueue({
      timing,
      concurrency: 1,
      run: async () => {
        resolve(performance.now() - started);
        return done;
      },
    });
    const changes = setInterval(() => queue.add("a", true), 5);
    queue.add("a", true);
    const afterMs = await first;
    clearInterval(changes);
    await queue.stop();
    expect(afterMs).to.be.within(40, 500);
  });

  it("looks again when a change came in between, and never twice at once", async () => {
    let active = 0;
    let looks = 0;
    const { hit, reached } = counter(2);
    const queue = createQueue({
      timing,
      concurrency: 4,
      run: async (key) => {
        active++;
        expect(active).to.equal(1);
        if (looks++ === 0) queue.add(key);
        await new Promise((resolve) => setImmediate(resolve));
        active--;
        hit();
        return done;
      },
    });
    queue.add("a");
    await reached;
    await queue.stop();
    expect(looks).to.equal(2);
  });

  it("keeps to its concurrency", async () => {
    let active = 0;
    let most = 0;
    const { hit, reached } = counter(10);
    const queue = createQueue({
      timing,
      concurrency: 3,
      run: async () => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setImmediate(resolve));
        active--;
        hit();
        return done;
      },
    });
    for (let i = 0; i < 10; i++) queue.add(`key-${i}`);
    await reached;
    await queue.stop();
    expect(most).to.equal(3);
  });

  it("backs off a key that fails, longer each time, and others go on", async () => {
    const times: number[] = [];
    const { hit, reached } = counter(4);
    const queue = createQueue({
      timing,
      concurrency: 1,
      random: () => 1,
      run: async (key) => {
        if (key === "good") return done;
        times.push(performance.now());
        hit();
        throw new Error("refused");
      },
    });
    queue.add("bad");
    queue.add("good");
    await reached;
    await queue.stop();
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(waits[0]).to.be.at.least(4);
    expect(waits[1]).to.be.at.least(9);
    expect(waits[2]).to.be.at.least(19);
  });

  it("looks again after the time it was asked for", async () => {
    const { hit, reached } = counter(3);
    const queue = createQueue({
      timing,
      concurrency: 1,
      run: async () => {
        hit();
        return { kind: "done", againMs: 5 };
      },
    });
    queue.add("a");
    await reached;
    await queue.stop();
  });

  it("waits at its stop for what runs, and starts nothing more", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const looks: string[] = [];
    const queue = createQueue({
      timing,
      concurrency: 1,
      run: async (key) => {
        looks.push(key);
        started.resolve();
        await promise;
        return done;
      },
    });
    queue.add("a");
    await started.promise;
    queue.add("b");
    let stopped = false;
    const stop = queue.stop().then(() => {
      stopped = true;
    });
    await new Promise((settled) => setImmediate(settled));
    expect(stopped).to.equal(false);
    resolve();
    await stop;
    expect(looks).to.deep.equal(["a"]);
  });
});
