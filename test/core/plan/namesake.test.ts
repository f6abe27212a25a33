import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace, WorkspaceGroup } from "../../../src/core/kinds/workspace.ts";
import { holderOf } from "../../../src/core/plan/namesake.ts";
import { FINALIZER, plan } from "../../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../../src/core/take-over/kaito-made.ts";
import type { World } from "../../../src/core/world.ts";
import { NOW, node } from "../capacity/facts.ts";
import { KAITO, kaitoChildren, kaitoPod, served } from "../take-over/worlds.ts";
import { admitted, catalogue, condition, ownedPod, running, settled, shown, statusIn, told, world } from "./worlds.ts";

const MINUTE_MS = 60_000;

interface Changes {
  readonly createdMs?: number;
  readonly finalizers?: readonly string[];
  readonly deleted?: boolean;
}

function of(group: WorkspaceGroup, changes: Changes = {}): Workspace {
  const { createdMs = NOW - 10 * MINUTE_MS, finalizers = [], deleted = false } = changes;
  const made = admitted();
  const metadata = {
    ...made.metadata,
    // That of the fixtures of KAITO's objects.
    uid: group === "kaito.sh" ? KAITO.uid : "uid-ours",
    creationTimestamp: new Date(createdMs).toISOString(),
    finalizers: [...finalizers],
    ...(deleted ? { deletionTimestamp: new Date(NOW).toISOString() } : {}),
  };
  return { ...made, apiVersion: `${group}/v1beta1`, metadata } as Workspace;
}

/** What is planned for the Workspace of foresail.dev beside one of kaito.sh. */
function beside(namesake: Workspace, workspace: Workspace = of("foresail.dev"), changes: Partial<World> = {}) {
  return plan(world({ workspace, namesake, ...changes }), catalogue);
}

describe("two Workspaces of one name, one in each group", () => {
  const later = NOW - 5 * MINUTE_MS;

  for (const [what, kaito, ours, holder] of [
    ["the older one has it: KAITO's", {}, { createdMs: later }, "kaito.sh"],
    ["the older one has it: ours", { createdMs: later }, {}, "foresail.dev"],
    ["of the same second KAITO's", {}, {}, "kaito.sh"],
    [
      "the one that has our finalizer, whose nodes may be there",
      {},
      { createdMs: later, finalizers: [FINALIZER] },
      "foresail.dev",
    ],
    [
      "also while it is being deleted",
      {},
      { createdMs: later, finalizers: [FINALIZER], deleted: true },
      "foresail.dev",
    ],
    [
      "the older one where both have it",
      { finalizers: [FINALIZER] },
      { createdMs: later, finalizers: [FINALIZER] },
      "kaito.sh",
    ],
    ["KAITO's own finalizer is none of ours", { createdMs: later, finalizers: [KAITO_FINALIZER] }, {}, "foresail.dev"],
  ] as const) {
    it(what, () => {
      const [one, other] = [of("kaito.sh", kaito), of("foresail.dev", ours)];
      expect(holderOf(one, other).apiVersion).to.equal(`${holder}/v1beta1`);
      expect(holderOf(other, one).apiVersion).to.equal(`${holder}/v1beta1`);
    });
  }

  it("the other one says so, names it and what to do, and nothing is made", () => {
    const made = beside(of("kaito.sh"));
    expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Warning NameTaken", "requeue 15000"]);
    expect(condition(made, "Ready")).to.equal("False NameTaken");
    expect(condition(made, "Stalled")).to.equal("True NameTaken");
    const message = statusIn(made)?.conditions?.[0]?.message;
    expect(message).to.match(/^workspaces\.kaito\.sh phi has this name; next: delete it, .* or use another name/);
  });

  it("is no trouble yet while it is young: Flux applies before it prunes", () => {
    const young = of("foresail.dev", { createdMs: NOW - 59_000 });
    const made = beside(of("kaito.sh"), young);
    expect(condition(made, "Ready")).to.equal("Unknown NameTaken");
    expect(condition(made, "Stalled")).to.equal("absent");
    expect(condition(made, "Reconciling")).to.equal("True NameTaken");
  });

  it("the other one waits for the end of one that is being deleted", () => {
    const made = beside(of("kaito.sh", { deleted: true, finalizers: [KAITO_FINALIZER] }));
    expect(condition(made, "Ready")).to.equal("Unknown WaitingForPredecessor");
    expect(shown(made.actions)).to.include("requeue 5000");
  });

  it("is told once", () => {
    const workspace = of("foresail.dev");
    const once = told(world({ workspace, namesake: of("kaito.sh") }));
    expect(shown(plan(once, catalogue).actions)).to.deep.equal(["requeue 15000"]);
  });

  it("the other one may be deleted at once, whatever of ours is on it", () => {
    expect(beside(of("kaito.sh"), of("foresail.dev", { deleted: true })).actions).to.deep.equal([]);
    const both = { finalizers: [FINALIZER, KAITO_FINALIZER] };
    const made = beside(of("kaito.sh", both), of("foresail.dev", { ...both, createdMs: later, deleted: true }));
    expect(made.actions).to.deep.equal([{ kind: "removeFinalizer", only: FINALIZER }]);
  });

  it("the one that has the name runs as if the other were not there", () => {
    const workspace = of("foresail.dev", { finalizers: [FINALIZER] });
    const made = beside(of("kaito.sh"), workspace, { children: [] });
    expect(shown(made.actions)).to.include("apply Deployment/phi");
  });
});

describe("beside a KAITO that runs", () => {
  const ours = of("foresail.dev", { finalizers: [FINALIZER] });
  const silences = [{ kaito: "kube-system/kaito-workspace" }, { foreignDefinition: true }] as const;

  for (const silence of silences) {
    it(`is served what is ours, and KAITO's is not: ${Object.keys(silence)[0]}`, () => {
      expect(shown(plan(world({ workspace: ours, ...silence }), catalogue).actions)).to.include("apply Deployment/phi");
      const kaitos = plan(world({ workspace: of("kaito.sh", { finalizers: [FINALIZER] }), ...silence }), catalogue);
      expect(shown(kaitos.actions).filter((one) => !one.startsWith("requeue"))).to.deep.equal([]);
    });
  }

  it("KAITO's, too, says nothing where ours has the name", () => {
    const made = plan(
      world({ workspace: of("kaito.sh"), namesake: ours, kaito: "kube-system/kaito-workspace" }),
      catalogue,
    );
    expect(made.actions).to.deep.equal([]);
  });

  it("a workload of KAITO's by our name is not ours, of whatever kind: nothing is made beside it", () => {
    const children = kaitoChildren().filter(({ kind }) => kind === "StatefulSet");
    const made = plan(world({ workspace: ours, children, namesake: of("kaito.sh") }), catalogue);
    expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Warning NameTaken", "requeue 60000"]);
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("StatefulSet phi exists");
  });

  it("what a Workspace of KAITO's leaves that is gone is waited for", () => {
    const made = plan(world({ workspace: ours, children: kaitoChildren() }), catalogue);
    expect(condition(made, "Ready")).to.equal("Unknown WaitingForPredecessor");
  });

  it("nothing is taken over in our group, whoever is written as its owner", () => {
    const uid = String(ours.metadata.uid);
    const children = JSON.parse(JSON.stringify(kaitoChildren()).replaceAll("uid-phi", uid)) as readonly JsonObject[];
    const made = plan(served(ours, { children }), catalogue);
    expect(condition(made, "Ready")).to.not.contain("AwaitingAdoption");
    expect(statusIn(made)?.takenOverInputs).to.equal(undefined);
  });

  it("the end of ours does not wait for pods of KAITO's that have its name, and takes none of it along", () => {
    const deleted = of("foresail.dev", { finalizers: [FINALIZER], deleted: true });
    const made = plan(
      world({ workspace: deleted, children: kaitoChildren(), pods: [kaitoPod()], nodes: [node("kaito-1")] }),
      catalogue,
    );
    expect(shown(made.actions)).to.deep.equal(["removeFinalizer"]);
    const own = [...settled(deleted), ...kaitoChildren().filter(({ kind }) => kind === "StatefulSet")];
    const both = { workspace: deleted, children: own, pods: [kaitoPod(), ownedPod("phi-1", { nodeName: "n1" })] };
    expect(shown(plan({ ...running(deleted), ...both }, catalogue).actions)).to.include(
      "delete Deployment/phi Foreground",
    );
    expect(shown(plan({ ...running(deleted), ...both }, catalogue).actions).join()).to.not.contain("StatefulSet");
  });
});
