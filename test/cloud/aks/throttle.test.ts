import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { LIMITS } from "../../../src/cloud/aks/bucket.ts";
import { Throttle } from "../../../src/cloud/aks/throttle.ts";
import { Turns, TurnsByName } from "../../../src/cloud/aks/turns.ts";
import type { CloudFailure } from "../../../src/core/machine/failure.ts";
import { VirtualClock } from "../../kube/support/virtual-clock.ts";
import { type ArmServer, armServer } from "./support/arm-server.ts";
import { failureOf, NEVER, POOLS, pool, provider, spec } from "./support/provider.ts";

describe("keeping to the limits of AKS", () => {
  let time: VirtualClock;
  let throttle: Throttle;
  beforeEach(() => {
    time = new VirtualClock();
    throttle = new Throttle(time.view());
  });

  it("20 PUTs of a pool, then one each minute; other pools have their own", async () => {
    for (let i = 0; i < 20; i++) await throttle.take("PUT a", LIMITS.putPool, NEVER);
    const failure = await failureOf(throttle.take("PUT a", LIMITS.putPool, NEVER));
    expect(failure.reason).to.equal("Throttled");
    expect(failure.retryAfterMs).to.be.within(60_000, 90_001);
    await throttle.take("PUT b", LIMITS.putPool, NEVER);
    await time.advance(60_000, undefined, 1000);
    await throttle.take("PUT a", LIMITS.putPool, NEVER);
    expect((await failureOf(throttle.take("PUT a", LIMITS.putPool, NEVER))).reason).to.equal("Throttled");
  });

  it("60 others, then one each second: a short wait is waited for, a long one is told", async () => {
    for (let i = 0; i < 60; i++) await throttle.take("cluster", LIMITS.other, NEVER);
    const done: number[] = [];
    const short = [0, 1].map((i) => throttle.take("cluster", LIMITS.other, NEVER).then(() => void done.push(i)));
    const long = await failureOf(throttle.take("cluster", LIMITS.other, NEVER));
    expect(long.retryAfterMs).to.be.within(3000, 4501);
    await time.advance(1000);
    expect(done).to.deep.equal([0]);
    await time.advance(1000);
    expect(done).to.deep.equal([0, 1]);
    await Promise.all(short);
  });

  it("never more than the limit over any time, whatever the demand", async () => {
    let taken = 0;
    for (let second = 0; second < 600; second++) {
      for (let i = 0; i < 5; i++) {
        throttle.take("cluster", LIMITS.other, NEVER).then(
          () => taken++,
          () => {},
        );
      }
      await time.advance(1000, undefined, 1000);
      expect(taken).to.be.at.most(60 + second + 1);
    }
    expect(taken).to.be.at.least(650);
  });

  it("a wait ends with its signal", async () => {
    for (let i = 0; i < 60; i++) await throttle.take("cluster", LIMITS.other, NEVER);
    const stop = new AbortController();
    const waiting = throttle.take("cluster", LIMITS.other, stop.signal).catch((error: Error) => error.message);
    stop.abort(new Error("enough"));
    expect(await waiting).to.equal("enough");
  });
});

describe("a storm of 429", () => {
  let arm: ArmServer;
  beforeEach(async () => {
    arm = await armServer();
  });
  afterEach(() => arm.close());

  it("N11: one answer silences all for the time it states; they come back spread, and nothing is lost", async () => {
    const time = new VirtualClock();
    const cloud = provider({ armEndpoint: arm.origin, maxPools: 999 }, time.view());
    const made = new Set<string>();
    let storm = true;
    arm.answer = ({ method, path }) => {
      if (method === "GET") return { status: 200, body: { value: [...made].map((name) => pool({}, name)) } };
      if (storm) return { status: 429, headers: { "retry-after": "30" }, body: { code: "Throttled", message: "x" } };
      made.add(path.slice(POOLS.length + 1));
      return { status: 201, body: pool() };
    };
    const names = [...Array(300).keys()].map((i) => `c${i}`);
    const create = (name: string) => cloud.create(spec({ name }), NEVER);
    const failures = await Promise.all(names.map((name) => failureOf(create(name))));
    expect(failures.map(({ reason }) => reason)).to.deep.equal(names.map(() => "Throttled"));
    const puts = () => arm.asked.filter(({ method }) => method === "PUT").length;
    expect(puts()).to.be.at.most(4);
    const waits = failures.map(({ retryAfterMs }: CloudFailure) => retryAfterMs ?? 0);
    expect(Math.min(...waits)).to.be.at.least(30_000);
    expect(Math.max(...waits)).to.be.at.most(45_001);
    expect(new Set(waits.map((ms) => Math.floor(ms / 1000))).size).to.be.greaterThan(10);

    const before = arm.asked.length;
    await time.advance(29_000, undefined, 1000);
    expect((await failureOf(cloud.list(NEVER))).reason).to.equal("Throttled");
    expect(arm.asked.length).to.equal(before);

    storm = false;
    await time.advance(1000);
    for (const name of names) await create(name);
    expect(made.size).to.equal(300);
    cloud.close();
  });

  it("without Retry-After in a header the text counts, and else ten seconds", async () => {
    for (const [message, pauseMs] of [
      ["request limit has been exceeded, please retry again in 7 seconds", 7000],
      ["slow down", 10_000],
    ] as const) {
      const time = new VirtualClock();
      const cloud = provider({ armEndpoint: arm.origin }, time.view());
      arm.answer = () => ({ status: 429, body: { code: "TooManyRequests", message } });
      await failureOf(cloud.list(NEVER));
      await time.advance(pauseMs - 500);
      const before = arm.asked.length;
      await failureOf(cloud.list(NEVER));
      expect(arm.asked.length).to.equal(before);
      await time.advance(500);
      await failureOf(cloud.list(NEVER));
      expect(arm.asked.length).to.equal(before + 1);
      cloud.close();
    }
  });
});

describe("the cluster's document", () => {
  it("is not counted among the requests about pools", async () => {
    const arm = await armServer();
    const cloud = provider({ armEndpoint: arm.origin }, new VirtualClock().view());
    const properties = { agentPoolProfiles: [{ name: "system" }] };
    arm.answer = ({ path }) => ({ status: 200, body: path === POOLS ? { value: [] } : { properties } });
    try {
      for (let i = 0; i < 60; i++) await cloud.list(NEVER);
      // One more about pools would wait, and this clock stands still.
      for (let i = 0; i < 60; i++) expect([...(await cloud.names(AbortSignal.timeout(1000)))]).to.have.length(1);
    } finally {
      cloud.close();
      await arm.close();
    }
  });
});

describe("turns", () => {
  it("go to those who came first; who leaves takes no turn and nobody else's", async () => {
    const turns = new Turns(1);
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const stop = new AbortController();
    const work = (name: string) => async () => void order.push(name);
    const all = [
      turns.run(NEVER, () => held.promise),
      turns.run(NEVER, work("a")),
      turns.run(stop.signal, work("b")).catch(() => order.push("left")),
      turns.run(NEVER, work("c")),
    ];
    stop.abort();
    held.resolve();
    await Promise.all(all);
    expect(order).to.deep.equal(["left", "a", "c"]);
    expect(turns.idle).to.equal(true);
  });

  it("are given back by work that fails", async () => {
    const turns = new TurnsByName();
    const fails = turns.run("a", NEVER, () => Promise.reject(new Error("no"))).catch((error: Error) => error.message);
    expect(await turns.run("a", NEVER, async () => 7)).to.equal(7);
    expect(await fails).to.equal("no");
  });
});
