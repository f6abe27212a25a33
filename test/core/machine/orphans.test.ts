import { expect } from "chai";
import { describe, it } from "mocha";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { LONELY_ORPHAN_AGE_MS, ORPHAN_AGE_MS, type SweepWorld, sweep } from "../../../src/core/machine/orphans.ts";
import { CLUSTER, machine } from "./facts.ts";

const system: Machine = { name: "system", state: "running", instanceType: "Standard_D2", capacityType: "on-demand" };
const KEY = "c0123456789a/uid-1";
const old = { [KEY]: { sweeps: 1, heldMs: ORPHAN_AGE_MS } };

function swept(patch: Partial<SweepWorld> = {}) {
  const made = sweep({
    cluster: CLUSTER,
    machines: [system, machine()],
    claimUids: ["uid-9"],
    suspicions: old,
    ...patch,
  });
  return { orphans: made.orphans.map(({ name }) => name), suspects: made.suspects };
}

describe("machines without a claim", () => {
  it("N21: one with our stamp goes when two sweeps agree and ten minutes are over", () => {
    expect(swept({ suspicions: {} })).to.deep.equal({ orphans: [], suspects: [KEY] });
    expect(swept({ suspicions: { [KEY]: { sweeps: 1, heldMs: ORPHAN_AGE_MS - 1 } } }).orphans).to.deep.equal([]);
    expect(swept({ suspicions: { [KEY]: { sweeps: 0, heldMs: ORPHAN_AGE_MS } } }).orphans).to.deep.equal([]);
    expect(swept()).to.deep.equal({ orphans: ["c0123456789a"], suspects: [KEY] });
  });

  it("one whose claim exists is none, whatever was suspected before", () => {
    expect(swept({ claimUids: ["uid-1"] })).to.deep.equal({ orphans: [], suspects: [] });
  });

  it("a claim of the same name with another UID is another claim", () => {
    expect(swept({ claimUids: ["uid-2"] }).orphans).to.deep.equal(["c0123456789a"]);
  });

  it("N21: without our stamp, or with that of another cluster, whatever the name, none is touched", () => {
    const stamp = { claim: "c0123456789a", claimUid: "uid-1", createdMs: 0 };
    const foreign = [
      machine({ owner: undefined as never }),
      machine({ owner: { ...stamp, cluster: "other" } }),
      machine({ owner: { ...stamp, cluster: "" } }),
    ];
    for (const one of foreign) expect(swept({ machines: [system, one] })).to.deep.equal({ orphans: [], suspects: [] });
  });

  it("N7: from a list that failed or is empty nothing follows, and what was suspected is forgotten", () => {
    expect(swept({ machines: undefined })).to.deep.equal({ orphans: [], suspects: [] });
    expect(swept({ machines: [] })).to.deep.equal({ orphans: [], suspects: [] });
    expect(swept({ claimUids: undefined })).to.deep.equal({ orphans: [], suspects: [] });
  });

  it("N5, N7: an empty list of claims may be the truth: an hour must pass, not ten minutes", () => {
    expect(swept({ claimUids: [] }).orphans).to.deep.equal([]);
    const hour = { [KEY]: { sweeps: 30, heldMs: LONELY_ORPHAN_AGE_MS } };
    expect(swept({ claimUids: [], suspicions: hour }).orphans).to.deep.equal(["c0123456789a"]);
  });

  it("one that goes already is not asked to go", () => {
    expect(swept({ machines: [system, machine({ state: "deleting" })] }).orphans).to.deep.equal([]);
    expect(swept({ machines: [system, machine({ state: "failed" })] }).orphans).to.deep.equal(["c0123456789a"]);
  });
});
