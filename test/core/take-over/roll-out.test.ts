import { expect } from "chai";
import { describe, it } from "mocha";
import type { Action } from "../../../src/core/action.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../../src/core/take-over/kaito-made.ts";
import type { World } from "../../../src/core/world.ts";
import { kaitoPool } from "../../support/kaito.ts";
import { claim, node } from "../capacity/facts.ts";
import { catalogue, condition, ownedPod, settled, shown } from "../plan/worlds.ts";
import { KAITO, kaitoChildren, kaitoPod, nodeClaimOfKaito, served, taken } from "./worlds.ts";

const surge = { kind: "Deployment", name: "phi", replicas: 1, rollout: "surge", adopt: true } as const;
const adopted = taken({ workload: surge });

function steps(world: World): readonly string[] {
  return shown(plan(world, catalogue).actions).filter((one) => !/^(applyStatus|event|requeue)/.test(one));
}

function ours(owner: Workspace, kinds: readonly string[]): readonly JsonObject[] {
  return settled(owner).filter((one) => kinds.includes(String(one["kind"])));
}

const STATEFUL_SET = kaitoChildren().filter(({ kind }) => kind === "StatefulSet");
const ready = { claims: [claim("c1", { node: "n1" })], nodes: [node("kaito-1"), node("n1")] };

describe("what KAITO runs is replaced", () => {
  it("by a node first: its pod serves on until there is one", () => {
    expect(steps(served(adopted))).to.deep.equal(["apply NetworkPolicy/phi", "createClaim"]);
  });

  it("by our workload beside it when the node is there; its Services still name its pod", () => {
    const made = steps(served(adopted, ready));
    expect(made).to.include("apply Deployment/phi");
    expect(made.filter((one) => /Service|delete/.test(one))).to.deep.equal([]);
  });

  it("by our Services in place once ours serves, and only then its workload goes", () => {
    const serving = {
      ...ready,
      pods: [kaitoPod(), ownedPod("phi-ours", { nodeName: "n1", ready: true })],
      children: [...kaitoChildren(), ...ours(adopted, ["Deployment", "NetworkPolicy"])],
    };
    const made = plan(served(adopted, serving), catalogue).actions;
    const services = made.filter((one) => one.kind === "apply" && one.object["kind"] === "Service");
    expect(shown(services)).to.deep.equal(["apply Service/phi", "apply Service/phi-headless"]);
    for (const one of services) expect((one as Action & { kind: "apply" }).takesOver).to.equal(true);
    expect(steps(served(adopted, serving)).filter((one) => one.startsWith("delete"))).to.deep.equal([]);
    const handed = { ...serving, children: [...STATEFUL_SET, ...settled(adopted)] };
    expect(steps(served(adopted, handed))).to.deep.equal(["delete StatefulSet/phi Foreground"]);
  });

  it("looks again while its workload goes, which no watch tells", () => {
    const [set = {}] = STATEFUL_SET;
    const metadata = { ...(set["metadata"] as JsonObject), deletionTimestamp: "2026-11-22T11:59:40Z" };
    const pods = [ownedPod("phi-ours", { nodeName: "n1", ready: true })];
    const facts = served(adopted, { ...ready, pods, children: [{ ...set, metadata }, ...settled(adopted)] });
    expect(shown(plan(facts, catalogue).actions)).to.include("requeue 5000");
    expect(shown(plan({ ...facts, children: settled(adopted) }, catalogue).actions)).to.include("requeue 5000");
  });

  it("leaves its nodes until their last pod is gone, then its finalizer", () => {
    const children = settled(adopted);
    const pods = [kaitoPod(), ownedPod("phi-ours", { nodeName: "n1", ready: true })];
    const [, running = {}] = pods;
    expect(steps(served(adopted, { ...ready, children, pods }))).to.deep.equal([]);
    const name = String((nodeClaimOfKaito()["metadata"] as JsonObject)["name"]);
    expect(steps(served(adopted, { ...ready, children, pods: [running] }))).to.deep.equal([`deleteClaim ${name}`]);
    const alone = { ...ready, children, pods: [running], kaitoNodes: { claims: [], pools: [] } };
    const last = plan(served(adopted, alone), catalogue).actions.find((one) => one.kind === "removeFinalizer");
    expect(last).to.deep.equal({ kind: "removeFinalizer", only: KAITO_FINALIZER });
  });

  it("removes a NodePool instead of its claims, which it would make again", () => {
    const pool = kaitoPool({ ...KAITO, nodes: "karpenter" }, {});
    const poolName = String((pool["metadata"] as JsonObject)["name"]);
    const made = nodeClaimOfKaito();
    const metadata = { ...(made["metadata"] as JsonObject), labels: { "karpenter.sh/nodepool": poolName } };
    const kaitoNodes = { claims: [{ ...made, metadata }], pools: [pool] };
    const pods = [ownedPod("phi-ours", { nodeName: "n1", ready: true })];
    const facts = served(adopted, { ...ready, children: settled(adopted), pods, kaitoNodes });
    expect(steps(facts)).to.deep.equal([`deletePool ${poolName}`]);
    expect(steps({ ...facts, pods: [...pods, kaitoPod()] })).to.deep.equal([]);
  });

  it("at once where recreate is stated, when the node is there", () => {
    const owner = taken({ workload: { ...surge, rollout: "recreate" } });
    expect(steps(served(owner)).filter((one) => one.startsWith("delete"))).to.deep.equal([]);
    expect(steps(served(owner, ready))).to.include("delete StatefulSet/phi Foreground");
  });

  it("as a group where names allow only one: nodes first, then the old one goes, then the new one comes", () => {
    const owner = taken({ nodeCount: 2, workload: { kind: "StatefulSet", name: "phi", replicas: 1, adopt: true } });
    const old = { ...KAITO, replicas: 2 };
    const pods = [kaitoPod(), kaitoPod({ nth: 1, nodeName: "kaito-2" })];
    const facts = { children: kaitoChildren(old), pods, nodes: [node("kaito-1"), node("kaito-2")] };
    const first = steps(served(owner, facts));
    expect(first.filter((one) => one === "createClaim")).to.have.length(2);
    expect(first.filter((one) => one.startsWith("delete"))).to.deep.equal([]);
    const claims = [claim("c1", { node: "n1" }), claim("c2", { node: "n2" })];
    const nodes = [...facts.nodes, node("n1"), node("n2")];
    expect(steps(served(owner, { ...facts, claims, nodes }))).to.include("delete StatefulSet/phi Foreground");
    const free = { ...facts, claims, nodes, pods: [], children: [] };
    expect(steps(served(owner, free))).to.include("apply StatefulSet/phi");
  });

  it("in place where it is a Deployment, as KAITO made them up to 0.7: its own fields go", () => {
    const [set = {}] = STATEFUL_SET;
    const old = { ...set, kind: "Deployment" };
    const others = kaitoChildren().filter(({ kind }) => kind !== "StatefulSet");
    const facts = served(adopted, { ...ready, children: [...others, old] });
    expect(steps(served(taken(), { children: [...others, old] }))).to.deep.equal([]);
    const made = plan(facts, catalogue).actions.filter((one) => one.kind === "apply");
    const deployment = made.find(({ object }) => object["kind"] === "Deployment");
    expect(deployment?.takesOver).to.equal(true);
    expect(steps(facts).filter((one) => one.startsWith("delete"))).to.deep.equal([]);
  });

  it("buys no node for a pod of KAITO's that waits", () => {
    const waiting = { ...kaitoPod({ ready: false }) } as JsonObject;
    const { nodeName: _, ...spec } = waiting["spec"] as { readonly nodeName?: string };
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "" }];
    const pods = [{ ...waiting, spec: spec as JsonObject, status: { phase: "Pending", conditions } }];
    expect(steps(served(adopted, { pods })).filter((one) => one === "createClaim")).to.have.length(1);
  });

  it("says what goes on meanwhile", () => {
    expect(condition(plan(served(adopted), catalogue), "Ready")).to.match(/^Unknown /);
    expect(condition(plan(served(adopted), catalogue), "InferenceReady")).to.contain("True");
  });
});
