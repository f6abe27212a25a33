import { expect } from "chai";
import { describe, it } from "mocha";
import type { KubeObject } from "../../src/kube/kube.ts";
import { createMemory } from "../../src/reconciler/memory.ts";
import { NOW } from "../core/machine/facts.ts";
import { handClock } from "./machines/hand-clock.ts";

const claim: KubeObject = { metadata: { name: "c1", uid: "u1" } };

describe("what the reconciler remembers", () => {
  it("since when a claim has been empty, and forgets it once it is used", () => {
    const { clock, advance } = handClock();
    const memory = createMemory(clock);
    memory.noted("a/b", ["c1"]);
    advance(1000);
    memory.noted("a/b", ["c1", "c2"]);
    expect(memory.sinceMs("a/b")).to.deep.equal({ c1: NOW, c2: NOW + 1000 });
    advance(1000);
    memory.noted("a/b", ["c2"]);
    advance(1000);
    memory.noted("a/b", ["c1", "c2"]);
    expect(memory.sinceMs("a/b")).to.deep.equal({ c1: NOW + 3000, c2: NOW + 1000 });
  });

  it("N25: an hour more or less on the wall clock makes nothing older or younger", () => {
    const { clock, advance, step } = handClock();
    const memory = createMemory(clock);
    memory.noted("a/b", ["c1"]);
    advance(10_000);
    for (const byMs of [3_600_000, -7_200_000]) {
      step(byMs);
      expect(clock.wallMs() - (memory.sinceMs("a/b")["c1"] ?? 0)).to.equal(10_000);
    }
  });

  it("no duration of an earlier time as the leader", () => {
    const memory = createMemory(handClock().clock);
    memory.noted("a/b", ["c1"]);
    memory.beginAnew();
    expect(memory.sinceMs("a/b")).to.deep.equal({});
  });

  it("a claim that vanished, until it was told of", () => {
    const memory = createMemory(handClock().clock);
    memory.gone(["a/b"], claim, 5);
    const told = memory.vanished("a/b");
    expect(told).to.deep.equal([{ claim, goneMs: 5 }]);
    memory.gone(["a/b"], claim, 6);
    memory.toldOf("a/b", told);
    expect(memory.vanished("a/b")).to.deep.equal([{ claim, goneMs: 6 }]);
  });

  it("no claim that went by our own hand", () => {
    const memory = createMemory(handClock().clock);
    const annotations = { "foresail.dev/deleted-because": "nothing uses it" };
    memory.gone(["a/b"], { metadata: { ...claim.metadata, annotations } }, 5);
    expect(memory.vanished("a/b")).to.deep.equal([]);
  });

  it("claims whose creation is under way", () => {
    const memory = createMemory(handClock().clock);
    memory.creating("a/b", [claim]);
    expect(memory.inFlight()).to.deep.equal([claim]);
    memory.heard("a/b");
    expect(memory.inFlight()).to.deep.equal([]);
  });

  it("counts a claim whose creation was not answered until its owner is looked at again, is gone, or another process leads", () => {
    const memory = createMemory({ monotonicMs: () => 0, wallMs: () => 0 });
    for (const end of [() => memory.heard("a/b"), () => memory.forget("a/b"), () => memory.beginAnew()]) {
      memory.creating("a/b", [{ metadata: { name: "c1" } }]);
      expect(memory.inFlight()).to.have.length(1);
      end();
      expect(memory.inFlight()).to.deep.equal([]);
    }
  });
});
