import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { armUnderTest, LONG_MS, stopArms } from "./arm.ts";
import { randomSchedule, seedOfRun } from "./schedule.ts";

describe("fake ARM: token buckets", () => {
  afterEach(stopArms);

  it("20 PUTs of one pool, then one a minute; other pools have their own", async () => {
    const arm = await armUnderTest({ throttle: { on: true, burst: 1, refill: 1 } });
    for (let i = 0; i < 20; i++) expect((await arm.put("c1")).status).to.be.oneOf([200, 201]);
    const limited = await arm.put("c1");
    expect([limited.status, limited.headers.get("retry-after")]).to.deep.equal([429, "60"]);
    expect((await arm.put("c2")).status).to.equal(201);
    arm.clock.advance(59_000);
    expect((await arm.put("c1")).headers.get("retry-after")).to.equal("1");
    arm.clock.advance(1_000);
    expect((await arm.put("c1")).status).to.equal(200);
  });

  it("60 other calls, then one a second; scaled by a factor", async () => {
    const arm = await armUnderTest({ throttle: { on: true, burst: 0.1, refill: 10 } });
    const burst = async () => {
      const seen = await Promise.all(Array.from({ length: 10 }, () => arm.list()));
      return seen.filter(({ status }) => status === 200).length;
    };
    expect(await burst()).to.equal(6);
    arm.clock.advance(200);
    expect(await burst()).to.equal(2);
    arm.configure({ throttle: { on: false, burst: 1, refill: 1 } });
    expect(await burst()).to.equal(10);
  });
});

describe("fake ARM: random schedules", () => {
  afterEach(stopArms);

  it("the same seed gives the same faults, another one others; each of them ends", () => {
    expect(randomSchedule(5, 40)).to.deep.equal(randomSchedule(5, 40));
    expect(randomSchedule(5, 40)).not.to.deep.equal(randomSchedule(6, 40));
    expect(randomSchedule(5, 400).every(({ times }) => times !== undefined)).to.equal(true);
    expect(new Set(randomSchedule(5, 400).map(({ effect }) => effect.kind)).size).to.equal(10);
  });

  it("FORESAIL_TEST_SEED replays, and the seed is printed", () => {
    const said: string[] = [];
    const before = process.env["FORESAIL_TEST_SEED"];
    try {
      process.env["FORESAIL_TEST_SEED"] = "42";
      expect(seedOfRun((line) => said.push(line))).to.equal(42);
      process.env["FORESAIL_TEST_SEED"] = "x";
      expect(() => seedOfRun(() => {})).to.throw("FORESAIL_TEST_SEED must be a whole number, given x");
    } finally {
      if (before === undefined) delete process.env["FORESAIL_TEST_SEED"];
      else process.env["FORESAIL_TEST_SEED"] = before;
    }
    expect(said).to.deep.equal(["seed 42 (FORESAIL_TEST_SEED=42 replays)"]);
  });

  it("a client that only repeats itself gets its pool in the end, and no other", async () => {
    const seed = seedOfRun();
    const arm = await armUnderTest({ seed });
    arm.script(...randomSchedule(seed, 12));
    // Whatever the answer, or none: look, ask again.
    const limited = (one: Promise<unknown>) =>
      Promise.race([one.catch(() => {}), new Promise((wake) => setTimeout(wake, 50))]);
    const succeeded = () => arm.state().pools.some(({ name, state }) => name === "c1" && state === "Succeeded");
    for (let i = 0; i < 200 && !succeeded(); i++) {
      await limited(arm.put("c1"));
      arm.clock.advance(LONG_MS * 2);
    }
    expect(
      arm.state().pools.map(({ name }) => name),
      `seed ${seed}`,
    ).to.deep.equal(["system", "c1"]);
    expect(succeeded(), `seed ${seed}`).to.equal(true);
  });
});
