import { expect } from "chai";
import { describe, it } from "mocha";
import { createMachineMemory } from "../../../src/reconciler/machines/memory.ts";
import { failure } from "../../core/machine/facts.ts";
import { handClock } from "./hand-clock.ts";

const MINUTE_MS = 60_000;

describe("what the provider remembers", () => {
  it("how long facts hold without a break", () => {
    const { clock, advance } = handClock();
    const memory = createMachineMemory(clock);
    memory.holds("a", ["launching"]);
    advance(5_000);
    memory.holds("a", ["launching", "unhealthy"]);
    advance(1_000);
    expect(memory.heldMs("a")).to.deep.equal({ launching: 6_000, unhealthy: 1_000 });
    memory.holds("a", []);
    memory.holds("a", ["launching"]);
    expect(memory.heldMs("a")).to.deep.equal({ launching: 0 });
    expect([memory.count("launching"), memory.count("gone")]).to.deep.equal([1, 0]);
    memory.retain(["b"]);
    expect(memory.count("launching")).to.equal(0);
  });

  it("N25: a wall clock that is set changes no duration", () => {
    const { clock, advance, step } = handClock();
    const memory = createMachineMemory(clock);
    memory.holds("a", ["registering"]);
    for (const ms of [60 * MINUTE_MS, -120 * MINUTE_MS]) step(ms);
    advance(1_000);
    expect(memory.heldMs("a")).to.deep.equal({ registering: 1_000 });
  });

  it("N25: and is in doubt for ten minutes, in both directions", () => {
    for (const ms of [60 * MINUTE_MS, -60 * MINUTE_MS]) {
      const { clock, advance, step } = handClock();
      const memory = createMachineMemory(clock);
      expect(memory.isClockSteady()).to.equal(true);
      step(ms);
      expect(memory.isClockSteady()).to.equal(false);
      advance(10 * MINUTE_MS);
      expect(memory.isClockSteady()).to.equal(false);
      advance(1);
      expect(memory.isClockSteady()).to.equal(true);
    }
    const { clock, step } = handClock();
    const slewed = createMachineMemory(clock);
    step(30_000);
    expect(slewed.isClockSteady()).to.equal(true);
  });

  it("calls that failed, counted in a row for each verb", () => {
    const { clock, advance } = handClock();
    const memory = createMachineMemory(clock);
    memory.failed("a", "create", failure("Throttled"));
    memory.failed("a", "create", failure("Throttled"));
    advance(2_000);
    expect(memory.failure("a")).to.deep.include({ verb: "create", times: 2, agoMs: 2_000 });
    memory.failed("a", "remove", failure("Unavailable"));
    expect(memory.failure("a")).to.deep.include({ verb: "remove", times: 1 });
    memory.succeeded("a");
    expect(memory.failure("a")).to.equal(undefined);
  });

  it("suspicions, as long as every sweep repeats them", () => {
    const { clock, advance } = handClock();
    const memory = createMachineMemory(clock);
    memory.suspects(["x", "y"]);
    advance(MINUTE_MS);
    memory.suspects(["x"]);
    expect(memory.suspicions()).to.deep.equal({ x: { sweeps: 2, heldMs: MINUTE_MS } });
    memory.suspects([]);
    memory.suspects(["x"]);
    expect(memory.suspicions()).to.deep.equal({ x: { sweeps: 1, heldMs: 0 } });
  });

  it("nothing of a former lead: what was not watched is not known to have held", () => {
    const { clock } = handClock();
    const memory = createMachineMemory(clock);
    memory.holds("a", ["unhealthy"]);
    memory.suspects(["x"]);
    memory.clear();
    expect(memory.heldMs("a")).to.deep.equal({});
    expect(memory.suspicions()).to.deep.equal({});
  });
});
