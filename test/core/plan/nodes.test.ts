import { expect } from "chai";
import { describe, it } from "mocha";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import { A100, claim, H100, NOW, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import {
  accepted,
  admitted,
  catalogue,
  condition,
  ownedPod,
  resized,
  running,
  settled,
  shown,
  statusIn,
  world,
} from "./worlds.ts";

const MINUTE_MS = 60_000;

/** The pod is being deleted; its grace period ends, or ended, at this time. */
function ending(pod: JsonObject, atMs = NOW + 30_000): JsonObject {
  const metadata = pod["metadata"] as JsonObject;
  return { ...pod, metadata: { ...metadata, deletionTimestamp: new Date(atMs).toISOString() } };
}

function labelled(object: JsonObject, labels: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), labels } };
}

function rehashed(object: Workspace): Workspace {
  return accepted({ ...object, expansion: { ...(object.expansion ?? expansion), inputsHash: inputsHash(object) } });
}

function bigNode(name: string): JsonObject {
  return JSON.parse(JSON.stringify(node(name)).replaceAll(A100, H100)) as JsonObject;
}

describe("plan: nodes", () => {
  describe("are not doubled", () => {
    const successor = (changes: { endsAtMs?: number; ready?: boolean; since?: string }) => {
      const old = ending(ownedPod("phi-1", { nodeName: "n1" }), changes.endsAtMs);
      return {
        ...running(),
        pods: [old, ownedPod("phi-2")],
        nodes: [node("n1", { ready: changes.ready ?? true, since: changes.since ?? "2026-11-22T11:55:00Z" })],
      };
    };

    it("when the successor of a deleted pod waits for its GPU", () => {
      const made = plan(successor({}), catalogue);
      expect(shown(made.actions)).not.to.include("createClaim");
      expect(condition(made, "Reconciling")).to.equal("True WaitingForScheduler");
      expect(statusIn(made)?.conditions?.[0]?.message).to.contain("once models/phi-1 has ended");
    });

    it("but for a pod that does not end", () => {
      expect(shown(plan(successor({ endsAtMs: NOW - 3 * MINUTE_MS }), catalogue).actions)).to.include("createClaim");
    });

    it("while a node that is away may still return, also for the successors of its evicted pods", () => {
      const away = (since: string) =>
        plan(successor({ endsAtMs: NOW - 3 * MINUTE_MS, ready: false, since }), catalogue);
      expect(shown(away("2026-11-22T11:52:00Z").actions)).not.to.include("createClaim");
      expect(shown(away("2026-11-22T11:45:00Z").actions)).to.include("createClaim");
    });

    it("under a name that another claim has", () => {
      const owner = admitted();
      const facts = world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")] });
      const nameIn = (changes: { heldNames?: ReadonlySet<string> }) => {
        const action = plan({ ...facts, ...changes }, catalogue).actions.find((one) => one.kind === "createClaim");
        return action === undefined ? "" : String((action.claim["metadata"] as JsonObject)["name"]);
      };
      const first = nameIn({});
      expect(nameIn({ heldNames: new Set([first]) }))
        .to.match(/^c[0-9a-z]{11}$/)
        .and.not.equal(first);
    });

    it("for a roll-out that cannot begin, its configuration being wrong", () => {
      const big = resized();
      const named = { ...big, inference: { ...big.inference, config: "absent" } };
      const made = plan({ ...running(), workspace: rehashed(named) }, catalogue);
      expect(condition(made, "Stalled")).to.equal("True ConfigMissing");
      expect(shown(made.actions)).not.to.include("createClaim");
    });
  });

  describe("N24: of a Workspace that was deleted and created again", () => {
    const successor = (owner: Workspace) => ({ ...owner, metadata: { ...owner.metadata, uid: "uid-second" } });
    const waiting = (owner: Workspace) => ({
      ...running(),
      workspace: owner,
      children: settled(owner),
      pods: [ownedPod("phi-1", { spec: owner.expansion?.podTemplate["spec"] as JsonObject })],
      emptySinceMs: { c1: 0 },
    });

    it("are used by the second one where they fit", () => {
      const made = plan(waiting(successor(admitted())), catalogue);
      expect(shown(made.actions).filter((one) => /Claim/.test(one))).to.deep.equal([]);
      expect(condition(made, "Reconciling")).to.equal("True WaitingForScheduler");
    });

    it("and are given back where they do not", () => {
      const made = plan(waiting(successor(resized())), catalogue);
      expect(shown(made.actions).filter((one) => /Claim/.test(one))).to.deep.equal(["createClaim", "deleteClaim c1"]);
    });
  });

  it("N24: are replaced when a spot node is taken away in the middle of a batch", () => {
    const owner = admitted();
    const gone = { claim: claim("c1", { node: "n1" }), goneMs: NOW };
    const facts = world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-2")], vanished: [gone] });
    const made = plan(facts, catalogue);
    // It ran: its end says nothing of the stock.
    expect(statusIn(made)?.attempts).to.equal(undefined);
    expect(shown(made.actions)).to.include("createClaim");
    const another = { ...facts, claims: [claim("c2")] };
    expect(shown(plan(another, catalogue).actions)).not.to.include("createClaim");
  });

  it("are not bought for a pod that somebody made by hand under our label", () => {
    const { ownerReferences: _, ...metadata } = ownedPod("mine")["metadata"] as JsonObject & {
      ownerReferences: unknown;
    };
    const byHand = { ...ownedPod("mine"), metadata: metadata as JsonObject };
    const facts = running();
    const made = plan({ ...facts, pods: [...facts.pods, byHand] }, catalogue);
    expect(shown(made.actions)).not.to.include("createClaim");
    expect(condition(made, "Ready")).to.equal("True Running");
  });

  describe("are not taken away", () => {
    const since = { c1: 0, c2: 0 };

    it("before the roll-out that they are for has used them, however short the grace", () => {
      const owner = resized();
      const before = running();
      const facts = {
        ...before,
        workspace: owner,
        nodes: [...before.nodes, bigNode("n2")],
        claims: [...before.claims, claim("c2", { node: "n2", size: H100 })],
        emptyNodeGraceMs: 0,
        emptySinceMs: since,
      };
      const applying = shown(plan(facts, catalogue).actions);
      expect(applying).to.include("apply Deployment/phi").and.not.include("deleteClaim c2");
      const rolling = settled(owner).map((one) =>
        one["kind"] === "Deployment"
          ? { ...one, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 0, readyReplicas: 1 } }
          : one,
      );
      expect(shown(plan({ ...facts, children: rolling }, catalogue).actions)).not.to.include("deleteClaim c2");
    });

    it("while the pod of another Workspace that shares them waits for them", () => {
      const shared = admitted({ nodes: { ...expansion.nodes, share: "abc" } });
      const facts = running(shared);
      const other = labelled(ownedPod("other-1"), { "kaito.sh/workspace": "other" });
      const claims = [...facts.claims, claim("c2")];
      const given = { ...facts, claims, sharers: 1, emptySinceMs: since };
      expect(shown(plan({ ...given, pods: [...facts.pods, other] }, catalogue).actions)).not.to.include(
        "deleteClaim c2",
      );
      expect(shown(plan(given, catalogue).actions)).to.include("deleteClaim c2");
    });

    it("without another look at the node itself", () => {
      const paused = admitted({ workload: { ...expansion.workload, replicas: 0 } });
      const facts = { ...running(paused), children: settled(paused, 0), pods: [], emptySinceMs: since };
      const removal = plan(facts, catalogue).actions.find((one) => one.kind === "deleteClaim");
      expect(removal).to.deep.include({ name: "c1", ifUnused: "n1" });
    });
  });

  describe("are not left behind", () => {
    it("when they died with pods that never end", () => {
      const facts = {
        ...running(),
        pods: [
          ending(ownedPod("phi-1", { nodeName: "n1" }), NOW - 11 * MINUTE_MS),
          ownedPod("phi-2", { nodeName: "n2", ready: true }),
        ],
        nodes: [node("n1", { ready: false, since: "2026-11-22T11:00:00Z" }), node("n2")],
        claims: [claim("c1", { node: "n1" }), claim("c2", { node: "n2" })],
        emptySinceMs: { c1: 0 },
      };
      const made = shown(plan(facts, catalogue).actions);
      expect(made).to.include("deleteClaim c1").and.not.include("deleteClaim c2");
    });

    it("by Workspaces that shared them and moved on: once their last pod is gone", () => {
      const { workspace: _, ...rest } = running();
      const shared = labelled(claim("c1", { node: "n1" }), { "foresail.dev/share": "abc" });
      const facts = { ...rest, namespace: "", name: "abc", claims: [shared] };
      expect(plan(facts, catalogue)).to.deep.include({ actions: [], emptyClaims: [] });
      const unused = { ...facts, pods: [] };
      expect(plan(unused, catalogue).emptyClaims).to.deep.equal(["c1"]);
      expect(shown(plan(unused, catalogue).actions)).to.deep.equal(["requeue 300000"]);
      expect(shown(plan({ ...unused, emptySinceMs: { c1: 0 } }, catalogue).actions)).to.deep.equal(["deleteClaim c1"]);
      expect(shown(plan({ ...unused, emptySinceMs: { c1: 0 }, sharers: 1 }, catalogue).actions)).to.deep.equal([]);
    });

    it("by the last of those that shared them, but not while the pod of one that moved on still runs there", () => {
      const shared = admitted({ nodes: { ...expansion.nodes, share: "abc" } });
      const metadata = { ...shared.metadata, deletionTimestamp: "2026-11-22T11:59:30Z" };
      const claims = [labelled(claim("c1", { node: "n1" }), { "foresail.dev/share": "abc" })];
      const facts = world({ workspace: { ...shared, metadata }, claims });
      const other = labelled(ownedPod("other-1", { nodeName: "n1", ready: true }), { "kaito.sh/workspace": "other" });
      expect(shown(plan(facts, catalogue).actions)).to.include("deleteClaim c1");
      const made = shown(plan({ ...facts, pods: [other] }, catalogue).actions);
      expect(made).to.include("removeFinalizer").and.not.include("deleteClaim c1");
    });

    it("by a deleted Workspace that had some for itself before it shared others", () => {
      const shared = admitted({ nodes: { ...expansion.nodes, share: "abc" } });
      const metadata = { ...shared.metadata, deletionTimestamp: "2026-11-22T11:59:30Z" };
      const others = labelled(claim("c2", { node: "n2" }), { "foresail.dev/share": "abc" });
      const facts = world({ workspace: { ...shared, metadata }, claims: [claim("c1"), others], sharers: 1 });
      const made = shown(plan(facts, catalogue).actions);
      expect(made).to.include("deleteClaim c1").and.not.include("deleteClaim c2").and.not.include("removeFinalizer");
    });
  });
});
