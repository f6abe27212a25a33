import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import { claim, node } from "../capacity/facts.ts";
import { boundTo, mounting, ZONE } from "../capacity/volume-objects.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, condition, ownedPod, settled, shown, world } from "./worlds.ts";

const owner = admitted();

/** What is done for a pod of which the scheduler says this. */
function planned(message: string) {
  const pod = ownedPod("phi-1");
  const scheduled: JsonObject = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
  const waiting = { ...pod, status: { ...objectAt(pod, "status"), conditions: [scheduled] } };
  return plan(world({ workspace: owner, children: settled(owner), pods: [waiting] }), catalogue);
}

describe("plan: a pod that waits for a volume", () => {
  it("gets no node while no node would bring the volume", () => {
    for (const said of [
      'persistentvolumeclaim "w" not found',
      'persistentvolumeclaim "w" is being deleted',
      'persistentvolumeclaim "w" bound to non-existent persistentvolume "pv"',
      "pod has unbound immediate PersistentVolumeClaims",
    ]) {
      const made = planned(`0/3 nodes are available: ${said}. preemption: 0/3 nodes are available`);
      expect(shown(made.actions), said).not.to.include("createClaim");
      expect(condition(made, "Ready"), said).to.contain("VolumePending");
    }
  });

  it("gets one where the volume is made in the node's zone, as generic ephemeral volumes are", () => {
    for (const said of [
      "1 node(s) didn't find available persistent volumes to bind, 2 Insufficient nvidia.com/gpu",
      'waiting for ephemeral volume controller to create the persistentvolumeclaim "phi-1-weights"',
      "1 node(s) had volume node affinity conflict",
      "3 Insufficient nvidia.com/gpu",
    ]) {
      expect(shown(planned(`0/3 nodes are available: ${said}.`).actions), said).to.include("createClaim");
    }
  });
});

describe("plan: a volume in a zone", () => {
  const mounts = { podTemplate: { ...expansion.podTemplate, spec: { ...specOf(), ...mounting("w") } } };
  const there = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };

  it("brings a roll-out its node before a pod of the new template is there, where the old one's is elsewhere", () => {
    const pods = [ownedPod("phi-1", { nodeName: "n1", ready: true })];
    const facts = { workspace: admitted(mounts), children: settled(owner), pods, ...there };
    const elsewhere = plan(world({ ...facts, volumes: boundTo([ZONE, "eastus-2"]) }), catalogue);
    expect(shown(elsewhere.actions)).to.include("createClaim").and.not.include("apply Deployment/phi");
    const here = plan(world({ ...facts, volumes: boundTo([ZONE, "eastus-1"]) }), catalogue);
    expect(shown(here.actions)).to.include("apply Deployment/phi").and.not.include("createClaim");
  });

  it("keeps no empty node in another zone for a pod that waits", () => {
    const workspace = admitted(mounts);
    const pods = [ownedPod("phi-1", { spec: { ...specOf(), ...mounting("w") } })];
    const facts = { workspace, children: settled(workspace), pods, ...there, emptySinceMs: { c1: 0 } };
    const given = (zone: string): readonly string[] =>
      shown(plan(world({ ...facts, volumes: boundTo([ZONE, zone]) }), catalogue).actions);
    expect(given("eastus-2")).to.include("createClaim").and.include("deleteClaim c1");
    expect(given("eastus-1")).not.to.include("createClaim").and.not.include("deleteClaim c1");
  });
});

function specOf(): JsonObject {
  return objectAt(expansion.podTemplate, "spec");
}
