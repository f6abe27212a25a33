import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { type InstalledFacts, keyOf, leftLines, planUninstall } from "../../../src/core/uninstall/plan-uninstall.ts";

const FINALIZER = "foresail.dev/workspace";
const workspace = (name: string, metadata: JsonObject = {}): JsonObject => ({
  metadata: { namespace: "team", name, finalizers: [FINALIZER], ...metadata },
});
const claim = (name: string, group: string): JsonObject => ({ metadata: { name }, spec: { nodeClassRef: { group } } });
const facts = (some: Partial<InstalledFacts> = {}): InstalledFacts => ({
  appliers: [],
  workspaces: [],
  claims: [],
  reconciler: true,
  definitions: ["kaito.sh", "foresail.dev"],
  ...some,
});

describe("the plan of an uninstallation", () => {
  it("lets models serve: no Workspace is deleted, each is released, and the definition stays with them", () => {
    const plan = planUninstall(facts({ workspaces: [workspace("a"), workspace("b")] }), false);
    expect(plan).to.deep.include({
      refusals: [],
      deleted: [],
      startReconciler: false,
      definitionsGo: ["foresail.dev"],
    });
    expect(plan.released.map(keyOf)).to.deep.equal(["team/a", "team/b"]);
  });

  it("takes the definition along where no Workspace stays: there is none, or only ones that our finalizer alone holds", () => {
    const going = { deletionTimestamp: "2026-11-29T00:00:00Z" };
    expect(planUninstall(facts(), false).definitionsGo).to.deep.equal(["kaito.sh", "foresail.dev"]);
    expect(planUninstall(facts({ workspaces: [workspace("a", going)] }), false).definitionsGo).to.deep.equal([
      "kaito.sh",
      "foresail.dev",
    ]);
    const held = workspace("a", { ...going, finalizers: [FINALIZER, "other.example/held"] });
    expect(planUninstall(facts({ workspaces: [held] }), false).definitionsGo).to.deep.equal(["foresail.dev"]);
  });

  it("never takes somebody else's definition", () => {
    expect(planUninstall(facts({ definitions: [] }), true).definitionsGo).to.deep.equal([]);
  });

  it("ends and releases Workspaces of both groups, and each definition goes with its own", () => {
    const ours = { ...workspace("a"), apiVersion: "foresail.dev/v1beta1" };
    const kaitos = { ...workspace("a"), apiVersion: "kaito.sh/v1beta1" };
    const plan = planUninstall(facts({ workspaces: [kaitos, ours] }), false);
    expect(plan.released.map(keyOf)).to.deep.equal(["team/a", "Workspace.foresail.dev team/a"]);
    expect(plan.definitionsGo).to.deep.equal([]);
    expect(planUninstall(facts({ workspaces: [ours] }), false).definitionsGo).to.deep.equal(["kaito.sh"]);
    expect(planUninstall(facts({ workspaces: [kaitos, ours] }), true).deleted).to.deep.equal([kaitos, ours]);
  });

  it("leaves a KAITO alone that it was tried beside, with its Workspaces", () => {
    const kaitos = workspace("a", { finalizers: ["workspace.finalizer.kaito.sh"] });
    const ours = { ...workspace("b"), apiVersion: "foresail.dev/v1beta1" };
    const trial = facts({ workspaces: [kaitos, ours], definitions: ["foresail.dev"] });
    expect(planUninstall(trial, true)).to.deep.include({ deleted: [ours], definitionsGo: ["foresail.dev"] });
    const after = facts({ workspaces: [workspace("a")], definitions: [] });
    expect(planUninstall(after, true).deleted, "ours, whoever's the definition is now").to.have.length(1);
  });

  it("releases nobody who is not held by us", () => {
    const plan = planUninstall(facts({ workspaces: [workspace("a", { finalizers: ["other.example/held"] })] }), false);
    expect(plan.released).to.deep.equal([]);
  });

  it("ends models with the reconciler that works, or with one of its own", () => {
    const workspaces = [workspace("a")];
    const plan = planUninstall(facts({ workspaces }), true);
    expect(plan).to.deep.include({
      deleted: workspaces,
      released: [],
      startReconciler: false,
      definitionsGo: ["kaito.sh", "foresail.dev"],
    });
    expect(planUninstall(facts({ workspaces, reconciler: false }), true).startReconciler).to.equal(true);
    expect(planUninstall(facts({ reconciler: false }), true).startReconciler).to.equal(false);
  });

  it("refuses to end models on agent pools that nobody would remove", () => {
    const some = { workspaces: [workspace("a")], reconciler: false };
    const pools = planUninstall(facts({ ...some, claims: [claim("c1", "foresail.dev")] }), true);
    expect(pools.refusals.join()).to.include("the agent pools of c1: run foresail up --provider aks");
    expect(planUninstall(facts({ ...some, claims: [claim("c1", "karpenter.azure.com")] }), true).refusals).to.be.empty;
    expect(planUninstall(facts({ ...some, claims: [claim("c1", "foresail.dev")] }), false).refusals).to.be.empty;
  });

  it("does nothing while something puts back what is removed", () => {
    const appliers = [{ what: "Flux's Kustomization a/b", remedy: "suspend it" }];
    expect(planUninstall(facts({ appliers }), false).refusals).to.deep.equal([
      "Flux's Kustomization a/b puts back what is removed: suspend it",
    ]);
  });

  it("says what stays, with who pays for it and how it ends; names at most five", () => {
    expect(leftLines([], [])).to.deep.equal([]);
    const many = ["a", "b", "c", "d", "e", "f"].map((name) => workspace(name));
    const [models = "", nodes = "", pools = ""] = leftLines(many, [
      claim("n", "karpenter.sh"),
      claim("p", "foresail.dev"),
    ]);
    expect(models).to.include("6 Workspaces stay").and.to.include("team/e and 1 more");
    expect(nodes).to.include("1 NodeClaims stay, and their nodes cost money: n.");
    expect(pools).to.include("1 agent pools stay, and cost money: p.");
  });
});
