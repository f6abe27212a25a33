import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt, objectsAt, textsAt } from "../../../src/core/capacity/fields.ts";
import { knownToAll } from "../../../src/core/capacity/known-to-all.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Attempt } from "../../../src/core/kinds/workspace-status.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, settled, statusIn, world } from "./worlds.ts";

const soldOut: Attempt = {
  instanceType: A100,
  capacityType: "on-demand",
  reason: "SizeNotAvailable",
  message: "NotAvailableForSubscription",
  until: "2026-11-22T13:00:00.000Z",
};

const podTemplate = JSON.parse(
  JSON.stringify(expansion.podTemplate).replaceAll(`["${A100}"]`, `["${A100}","${H100}"]`),
) as JsonObject;

function waiting(changes: Partial<World> = {}): World {
  const owner = changes.workspace ?? admitted({ fallbackInstanceTypes: [H100], podTemplate });
  const pods = [ownedPod("phi-1", { spec: objectAt(podTemplate, "spec") })];
  return world({ workspace: owner, children: settled(owner), pods, ...changes });
}

/** Sizes of the claims a plan creates. */
function bought(facts: World): readonly string[] {
  return plan(facts, catalogue).actions.flatMap((action) =>
    action.kind !== "createClaim"
      ? []
      : objectsAt(action.claim, "spec", "requirements").flatMap((one) =>
          one["key"] === "node.kubernetes.io/instance-type" ? textsAt(one, "values") : [],
        ),
  );
}

describe("what one Workspace was refused", () => {
  it("is not tried by the others while it holds", () => {
    expect(bought(waiting())).to.deep.equal([A100]);
    const known = knownToAll([{ attempts: [soldOut] }], NOW);
    expect(bought(waiting({ othersAttempts: known }))).to.deep.equal([H100]);
    expect(knownToAll([{ attempts: [soldOut] }], Date.parse(soldOut.until))).to.deep.equal([]);
    // Whatever failed there before.
    const failed = { ...soldOut, failures: 2, failed: "2026-11-22T11:00:00.000Z" };
    expect(knownToAll([{ attempts: [failed] }], NOW)).to.have.length(1);
  });

  it("of one node class holds for claims of that class only, its own among them", () => {
    const ours = { ...soldOut, nodeClass: "default" };
    const theirs = { ...soldOut, nodeClass: "missing" };
    expect(bought(waiting({ othersAttempts: knownToAll([{ attempts: [theirs] }], NOW) }))).to.deep.equal([A100]);
    expect(bought(waiting({ othersAttempts: knownToAll([{ attempts: [theirs, ours] }], NOW) }))).to.deep.equal([H100]);
    // Whoever mends the node class is not held up by what the wrong one was answered.
    const owner = admitted({ fallbackInstanceTypes: [H100], podTemplate });
    const refused = (attempts: readonly Attempt[]): World => waiting({ workspace: { ...owner, status: { attempts } } });
    expect(bought(refused([theirs]))).to.deep.equal([A100]);
    expect(bought(refused([ours]))).to.deep.equal([H100]);
    const nodes = { ...expansion.nodes, nodeClass: { name: "missing" } };
    const asksThere = admitted({ fallbackInstanceTypes: [H100], podTemplate, nodes });
    expect(bought(waiting({ workspace: asksThere, othersAttempts: [theirs] }))).to.deep.equal([H100]);
  });

  it("is not written to the status of the others, which tell it where nothing else is left", () => {
    const made = plan(waiting({ workspace: admitted(), othersAttempts: [soldOut] }), catalogue);
    expect(statusIn(made)?.attempts ?? []).to.deep.equal([]);
    const ready = statusIn(made)?.conditions?.find(({ type }) => type === "Ready");
    expect(ready?.reason).to.equal("OutOfStock");
    expect(ready?.message).to.contain(A100).and.to.contain("next try 2026-11-22T13:00:00.000Z");
    // Looked at again when it may be tried again.
    expect(made.actions).to.deep.include({ kind: "requeue", afterMs: 3_600_000 });
  });

  it("holds for what its reason covers", () => {
    const spot = { ...soldOut, capacityType: "spot", reason: "SpotQuotaExceeded", instanceType: H100 };
    const nodes = { ...expansion.nodes, capacityTypes: ["spot", "on-demand"] as const };
    const made = plan(waiting({ workspace: admitted({ nodes }), othersAttempts: [spot] }), catalogue);
    const [created] = made.actions.flatMap((action) => (action.kind === "createClaim" ? [action.claim] : []));
    expect(JSON.stringify(objectAt(created, "spec")))
      .to.contain("on-demand")
      .and.not.to.contain("spot");
  });

  it("holds for nobody else where the claim or its node was at fault", () => {
    for (const reason of ["NodeNotJoining", "GpuNotReady", "NodeBootstrapFailed", "InvalidRequest", "LaunchFailed"]) {
      expect(knownToAll([{ attempts: [{ ...soldOut, reason }] }], NOW), reason).to.deep.equal([]);
    }
  });

  it("is one refusal however many met it, the one that lasts longest, in whatever order they are read", () => {
    const longer = { ...soldOut, until: "2026-11-22T14:00:00.000Z" };
    const statuses = [{ attempts: [soldOut] }, { attempts: [longer] }, undefined, { attempts: [soldOut] }];
    expect(knownToAll(statuses, NOW)).to.deep.equal([longer]);
    expect(knownToAll(statuses.toReversed(), NOW)).to.deep.equal([longer]);
  });

  it("N14: of five that race for a quota of two, three fall back, and who comes later does not ask at all", () => {
    const refused = Array.from({ length: 3 }, (_, i) => {
      const lost = claim(`c${i}`);
      const conditions = [
        { type: "Launched", status: "False", reason: "FamilyQuotaExceeded", message: "Current Limit: 48" },
      ];
      return { ...lost, status: { conditions } };
    });
    const racers = Array.from({ length: 5 }, () => waiting());
    expect(racers.flatMap(bought)).to.deep.equal(Array.from({ length: 5 }, () => A100));
    const losers = refused.map((one) => waiting({ vanished: [{ claim: one, goneMs: NOW }] }));
    expect(losers.flatMap(bought)).to.deep.equal([H100, H100, H100]);
    const statuses = losers.map((one) => statusIn(plan(one, catalogue)));
    expect(bought(waiting({ othersAttempts: knownToAll(statuses, NOW) }))).to.deep.equal([H100]);
  });
});
