import { expect } from "chai";
import { describe, it } from "mocha";
import type { KubeObject } from "../../src/kube/kube.ts";
import { createMemory } from "../../src/reconciler/memory.ts";

const claim: KubeObject = { metadata: { name: "c1", uid: "u1" } };

describe("what the reconciler remembers", () => {
  it("since when a claim has been empty, and forgets it once it is used", () => {
    const memory = createMemory();
    memory.noted("a/b", ["c1"], 1000);
    memory.noted("a/b", ["c1", "c2"], 2000);
    expect(memory.sinceMs("a/b")).to.deep.equal({ c1: 1000, c2: 2000 });
    memory.noted("a/b", ["c2"], 3000);
    memory.noted("a/b", ["c1", "c2"], 4000);
    expect(memory.sinceMs("a/b")).to.deep.equal({ c1: 4000, c2: 2000 });
  });

  it("a claim that vanished, until it was told of", () => {
    const memory = createMemory();
    memory.gone(["a/b"], claim, 5);
    const told = memory.vanished("a/b");
    expect(told).to.deep.equal([{ claim, goneMs: 5 }]);
    memory.gone(["a/b"], claim, 6);
    memory.toldOf("a/b", told);
    expect(memory.vanished("a/b")).to.deep.equal([{ claim, goneMs: 6 }]);
  });

  it("that a claim went by our own hand", () => {
    const memory = createMemory();
    memory.deletes("u1");
    memory.gone(["a/b"], claim, 5);
    expect(memory.vanished("a/b")).to.deep.equal([]);
  });

  it("claims whose creation is under way", () => {
    const memory = createMemory();
    const created = memory.creating(claim);
    expect(memory.inFlight()).to.deep.equal([claim]);
    created();
    expect(memory.inFlight()).to.deep.equal([]);
  });
});
