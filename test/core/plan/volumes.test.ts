import { expect } from "chai";
import { describe, it } from "mocha";
import { objectAt } from "../../../src/core/capacity/fields.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
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
