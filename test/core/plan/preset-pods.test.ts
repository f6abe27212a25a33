import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt, objectsAt, textAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import { expandPod } from "../../../src/core/preset-pod/expand-pod.ts";
import { shareOfPresetPod } from "../../../src/core/preset-pod/preset-pod.ts";
import { type PresetPods, successorOf } from "../../../src/core/preset-pod/trial.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, claim, H100, NOW, node } from "../capacity/facts.ts";
import { boundTo, mounting, volumeClaim, ZONE } from "../capacity/volume-objects.ts";
import { type Asked, NAMESPACE, presetPod } from "../preset-pod/support.ts";
import { catalogue } from "../support/workspaces.ts";
import { shown, unaccepted } from "./worlds.ts";

const share = shareOfPresetPod(presetPod(), NAMESPACE);

function world(presetPods: PresetPods, changes: Partial<World> = {}): World {
  const { workspace: _, ...rest } = unaccepted({ namespace: "", name: share, pods: presetPods.pods });
  return { ...rest, presetPods, ...changes };
}

/** A pod that was made while the webhook was away. */
function gated(name: string, asked: Asked = {}): JsonObject {
  return named(presetPod(asked), name);
}

function named(pod: JsonObject, name: string): JsonObject {
  const creationTimestamp = new Date(NOW - 5000).toISOString();
  return { ...pod, metadata: { ...objectAt(pod, "metadata"), name, uid: `uid-${name}`, creationTimestamp } };
}

const unschedulable = {
  status: { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/0 nodes" }] },
};

/** A pod that waits for a node. */
function waiting(name: string, asked: Asked = {}): JsonObject {
  const { pod = {} } = expandPod(
    presetPod({ annotations: { "foresail.dev/instance-type": A100 }, ...asked }),
    NAMESPACE,
    catalogue,
  );
  return { ...named(pod, name), ...unschedulable };
}

const bound = (name: string, nodeName: string): JsonObject => {
  const pod = waiting(name);
  return { ...pod, spec: { ...objectAt(pod, "spec"), nodeName }, status: {} };
};
const shared = (name: string, nodeName?: string): JsonObject => {
  const made = claim(name, nodeName === undefined ? {} : { node: nodeName });
  return { ...made, metadata: { ...objectAt(made, "metadata"), labels: { "foresail.dev/share": share } } };
};
const notes = (made: ReturnType<typeof plan>): string => made.reasons.map(({ message }) => message).join("\n");

describe("the plan for preset pods", () => {
  it("asks for a node for each that waits, by the key of their owner", () => {
    const made = plan(world({ pods: [waiting("a"), waiting("b")], optedIn: true }), catalogue);
    const claims = made.actions.flatMap((action) => (action.kind === "createClaim" ? [action.claim] : []));
    expect(claims).to.have.length(2);
    for (const one of claims) {
      expect(objectAt(one, "metadata", "labels")).to.include({ "foresail.dev/share": share });
      expect(JSON.stringify(one)).to.include(A100);
    }
    expect(shown(made.actions).filter((text) => text === "event Normal WaitingForCapacity")).to.have.length(2);
    const told = made.actions.find((action) => action.kind === "event");
    expect(told?.kind === "event" && told.regarding).to.deep.include({ kind: "Pod", uid: "uid-a" });
  });

  it("asks for it where the pod's volume can be used", () => {
    const made = waiting("a");
    const pod = { ...made, spec: { ...objectAt(made, "spec"), ...mounting("w") } };
    const volumes = { ...boundTo([ZONE, "eastus-2"]), claims: [volumeClaim("w", { volumeName: "pv" }, NAMESPACE)] };
    const { actions } = plan(world({ pods: [pod], optedIn: true }, { volumes }), catalogue);
    const claims = actions.flatMap((action) => (action.kind === "createClaim" ? [action.claim] : []));
    expect(claims.map((one) => JSON.stringify(one).includes("eastus-2"))).to.deep.equal([true]);
    const local = { ...boundTo(["kubernetes.io/hostname", "n9"]), claims: volumes.claims };
    const told = notes(plan(world({ pods: [pod], optedIn: true }, { volumes: local }), catalogue));
    expect(told)
      .to.contain("kubernetes.io/hostname is n9")
      .and.contain("; next: use a volume that new nodes can reach");
  });

  it("says nothing more and asks for nothing more while the claims are on their way", () => {
    const made = plan(world({ pods: [waiting("a")], optedIn: true }, { claims: [shared("c1")] }), catalogue);
    expect(shown(made.actions)).to.deep.equal([]);
  });

  it("is the same for any order of pods", () => {
    const pods = [
      waiting("a"),
      waiting("b"),
      gated("c"),
      waiting("d", { annotations: { "foresail.dev/instance-type": "Standard_NC40ads_H100_v5" } }),
    ];
    const facts = { optedIn: true, trial: { kind: "expanded" } } as const;
    const one = plan(world({ ...facts, pods }), catalogue);
    const other = plan(world({ ...facts, pods: [...pods].reverse() }), catalogue);
    const creates = (made: typeof one) => made.actions.filter((action) => action.kind === "createClaim");
    expect(creates(other)).to.deep.equal(creates(one));
    expect(creates(one), "one group of equal pods buys at a time").to.have.length.greaterThan(0);
    expect(shown(one.actions)).to.include("requeue 1000");
  });

  it("does not try an offering again that was refused a moment ago", () => {
    const refused = { claim: { ...shared("c1"), status: {} }, goneMs: NOW - 1000 };
    const made = plan(world({ pods: [waiting("a")], optedIn: true }, { vanished: [refused] }), catalogue);
    expect(shown(made.actions).filter((text) => text === "createClaim")).to.deep.equal([]);
    expect(shown(made.actions)).to.include("event Warning OutOfStock");
  });

  it("gives a node back that never becomes usable, and stops after three in a row", () => {
    const joined = (name: string, agoMs: number, nodeName?: string): JsonObject => {
      const made = shared(name, nodeName ?? `node-of-${name}`);
      const time = new Date(NOW - agoMs).toISOString();
      const conditions = ["Launched", "Registered"].map((type) => ({ type, status: "True", lastTransitionTime: time }));
      const metadata = { ...objectAt(made, "metadata"), creationTimestamp: time };
      return { ...made, metadata, status: { ...objectAt(made, "status"), conditions } };
    };
    const HOUR_MS = 3_600_000;
    const dud = joined("c1", HOUR_MS, "n1");
    const first = plan(
      world({ pods: [waiting("a")], optedIn: true }, { claims: [dud], nodes: [node("n1")] }),
      catalogue,
    );
    const removal = first.actions.find((action) => action.kind === "deleteClaim");
    expect(removal).to.include({ name: "c1", ifUnused: "n1", tellsItsEnd: true });
    expect(shown(first.actions)).not.to.include("createClaim");
    // Half an hour after each: the pause after one failure is ten minutes, after two twenty, after three forty.
    const gone = (name: string, agoMs: number) => ({ claim: joined(name, agoMs + HOUR_MS / 2), goneMs: NOW - agoMs });
    // Another size is not tried either: it is the nodes that fail.
    const annotations = { "foresail.dev/instance-type": A100, "foresail.dev/fallback-instance-types": H100 };
    const planned = (...vanished: ReturnType<typeof gone>[]) =>
      plan(world({ pods: [waiting("a", { annotations })], optedIn: true }, { vanished }), catalogue);
    const two = [gone("c1", 3 * HOUR_MS), gone("c2", HOUR_MS / 2)];
    expect(shown(planned(...two).actions)).to.include("createClaim");
    const three = planned(gone("c0", 5 * HOUR_MS), ...two);
    expect(shown(three.actions)).not.to.include("createClaim");
    expect(shown(three.actions)).to.include("requeue 600000");
  });

  it("holds the price ceiling over all pods of the owner", () => {
    const annotations = { "foresail.dev/instance-type": A100, "foresail.dev/max-hourly-price": "4" };
    const made = plan(
      world({ pods: [waiting("a", { annotations }), waiting("b", { annotations })], optedIn: true }),
      catalogue,
    );
    expect(shown(made.actions).filter((text) => text === "createClaim")).to.have.length(1);
    expect(shown(made.actions)).to.include("event Warning TooExpensive");
  });

  it("removes a node when nobody uses it, after the time set, and not while a pod has none", () => {
    const claims = [shared("c1", "n1"), shared("c2", "n2")];
    const facts = { claims, nodes: [node("n1"), node("n2")], emptySinceMs: { c2: NOW - 300_001 } };
    const made = plan(world({ pods: [bound("a", "n1")], optedIn: true }, facts), catalogue);
    expect([made.emptyClaims, shown(made.actions)]).to.deep.equal([["c2"], ["deleteClaim c2"]]);
    const coming = plan(world({ pods: [bound("a", "n1"), waiting("b")], optedIn: true }, facts), catalogue);
    expect(coming.emptyClaims).to.deep.equal([]);
  });

  it("gives back a node that is lost, also while a pod waits for the price of another", () => {
    const annotations = { "foresail.dev/instance-type": A100, "foresail.dev/max-hourly-price": "4" };
    const pods = [waiting("a", { annotations })];
    const away = (since: string) => ({
      claims: [shared("c1", "n1")],
      nodes: [node("n1", { ready: false, since })],
      emptySinceMs: { c1: NOW - 300_001 },
    });
    const lost = plan(world({ pods, optedIn: true }, away("2026-11-22T11:40:00Z")), catalogue);
    expect(notes(lost)).to.contain("NodeClaim c1 is on its way out or has lost its node");
    expect(shown(lost.actions)).to.include("deleteClaim c1").and.not.include("createClaim");
    const returning = plan(world({ pods, optedIn: true }, away("2026-11-22T11:55:00Z")), catalogue);
    expect(shown(returning.actions)).not.to.include("deleteClaim c1");
  });

  it("replaces what admission has not seen when a trial says that it would be expanded", () => {
    const pods = [gated("a"), gated("b")];
    const made = plan(world({ pods, optedIn: true, trial: { kind: "expanded" } }), catalogue);
    expect(shown(made.actions)).to.include.members(["delete Pod/a Background", "delete Pod/b Background"]);
    const away = plan(world({ pods, optedIn: true, trial: { kind: "unexpanded" } }), catalogue);
    expect(shown(away.actions)).to.deep.equal([
      "event Warning PresetNotExpanded",
      "event Warning PresetNotExpanded",
      "requeue 10000",
    ]);
    const refused = plan(world({ pods, optedIn: true, trial: { kind: "refused", message: "too small" } }), catalogue);
    expect(shown(refused.actions)).to.not.include("delete Pod/a Background");
    expect(notes(refused)).to.include("too small");
  });

  it("replaces slowly where a quota keeps the trial from telling", () => {
    const old = gated("a");
    const aged = {
      ...old,
      metadata: { ...objectAt(old, "metadata"), creationTimestamp: new Date(NOW - 31_000).toISOString() },
    };
    const made = plan(world({ pods: [aged, gated("b")], optedIn: true, trial: { kind: "unknown" } }), catalogue);
    expect(shown(made.actions)).to.deep.equal(["delete Pod/a Background", "requeue 10000"]);
  });

  it("never deletes a pod that nothing makes anew", () => {
    const lonely = gated("a", { spec: {} });
    const { ownerReferences: _, ...metadata } = objectAt(lonely, "metadata");
    const pods = [{ ...lonely, metadata }, gated("b")];
    const made = plan(world({ pods, optedIn: true, trial: { kind: "expanded" } }), catalogue);
    expect(shown(made.actions)).to.include("delete Pod/b Background").and.to.not.include("delete Pod/a Background");
    expect(notes(made)).to.include("delete it and create it again");
  });

  it("does nothing in a namespace that did not opt in but to say so", () => {
    const made = plan(world({ pods: [gated("a"), waiting("b")], optedIn: false }), catalogue);
    expect(new Set(shown(made.actions))).to.deep.equal(new Set(["event Warning PresetNotExpanded", "requeue 10000"]));
    expect(notes(made)).to.include("foresail.dev/preset-pods=enabled");
  });

  it("buys nothing for a pod that admission has not expanded, nor for annotations that have become wrong", () => {
    const bare = presetPod({ spec: { schedulingGates: [] } });
    const made = plan(world({ pods: [{ ...named(bare, "a"), ...unschedulable }], optedIn: true }), catalogue);
    expect(shown(made.actions)).to.deep.equal([]);
    const pod = waiting("b");
    const annotations = { ...objectAt(pod, "metadata", "annotations"), "foresail.dev/zones": "nowhere!" };
    const edited = { ...pod, metadata: { ...objectAt(pod, "metadata"), annotations } };
    const wrong = plan(world({ pods: [edited], optedIn: true }), catalogue);
    expect(shown(wrong.actions)).to.deep.equal(["event Warning PresetNotExpanded"]);
    expect(notes(wrong)).to.include("foresail.dev/zones");
  });

  it("tries with what the owner would make", () => {
    const pod = gated("a");
    const successor = successorOf({ ...pod, status: {}, spec: { ...objectAt(pod, "spec"), nodeName: "n1" } });
    expect(textAt(successor, "metadata", "name")).to.equal(undefined);
    expect(textAt(successor, "metadata", "generateName")).to.equal("phi-7d9c-");
    expect(objectsAt(successor, "spec", "schedulingGates")).to.deep.equal([{ name: "foresail.dev/expand" }]);
    expect(objectAt(successor, "spec")).to.not.have.property("nodeName");
    expect(objectAt(successor, "metadata", "labels")).to.deep.equal(objectAt(pod, "metadata", "labels"));
  });
});
