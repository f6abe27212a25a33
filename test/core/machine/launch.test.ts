import { expect } from "chai";
import { describe, it } from "mocha";
import { attemptOf } from "../../../src/core/capacity/attempts.ts";
import type { CloudReason } from "../../../src/core/machine/failure.ts";
import type { FailedCall } from "../../../src/core/machine/world.ts";
import {
  A100,
  againMs,
  changed,
  claim,
  failure,
  kinds,
  machine,
  NOW,
  node,
  only,
  planned,
  readyClaim,
  registeredNode,
  told,
  toldBriefly,
  withConditions,
} from "./facts.ts";

const MINUTE_MS = 60_000;

function failed(reason: CloudReason, agoMs = 0, more: Partial<FailedCall["failure"]> = {}, times = 1): FailedCall {
  return { verb: "create", failure: { ...failure(reason), ...more }, times, agoMs };
}

describe("a claim becomes a machine", () => {
  it("serves claims of its own node class only, whatever their labels say", () => {
    const ref = { group: "kaito.sh", kind: "KaitoNodeClass", name: "default" };
    const labels = { "kaito.sh/workspace": "phi", "app.kubernetes.io/managed-by": "foresail" };
    expect(planned({ claim: claim({ metadata: { labels }, spec: { nodeClassRef: ref } }) }).actions).to.deep.equal([]);
    const other = { group: "karpenter.azure.com", kind: "AgentPoolClass", name: "default" };
    expect(planned({ claim: claim({ spec: { nodeClassRef: other } }) }).actions).to.deep.equal([]);
  });

  it("asks nothing of the cloud before the finalizer is there", () => {
    expect(kinds(planned({ claim: claim({ metadata: { finalizers: [] } }) }))).to.deep.equal(["addFinalizer"]);
  });

  it("stamps the machine with cluster and claim when it asks for it", () => {
    const { spec } = only(planned(), "createMachine");
    expect(spec.name).to.equal("c0123456789a");
    expect(spec.owner).to.include({ claim: "c0123456789a", claimUid: "uid-1" });
    expect(spec.owner.cluster).to.match(/managedClusters\/k$/);
  });

  it("says as Karpenter does that nothing has come of it yet, with Ready as root", () => {
    const plan = planned();
    expect(toldBriefly(plan, "Launched")).to.equal("Unknown AwaitingReconciliation");
    expect(toldBriefly(plan, "Registered")).to.equal("Unknown AwaitingReconciliation");
    expect(told(plan, "Ready")).to.include({
      status: "Unknown",
      reason: "ReconcilingDependents",
      message: "Launched=Unknown, Registered=Unknown, Initialized=Unknown",
    });
  });

  it("N2: a machine that is on its way is watched, not asked for again", () => {
    const plan = planned({ sighting: { kind: "seen", machine: machine({ state: "creating" }) } });
    expect(kinds(plan)).to.not.include("createMachine");
    expect(plan.holds).to.deep.equal(["launching"]);
    expect(againMs(plan)).to.be.at.most(MINUTE_MS);
  });

  it("N1: what a former process asked for is adopted by its stamp", () => {
    const plan = planned({ sighting: { kind: "seen", machine: machine() } });
    expect(kinds(plan)).to.not.include("createMachine");
    expect(toldBriefly(plan, "Launched")).to.equal("True Launched");
  });

  it("does not ask while the cloud cannot tell whether the machine exists", () => {
    const plan = planned({ sighting: { kind: "unknown", failure: failure("Unavailable") } });
    expect(kinds(plan)).to.deep.equal(["writeStatus"]);
    expect(toldBriefly(plan, "Launched")).to.equal("Unknown Unavailable");
  });

  it("fills capacity with the GPUs and the image, and labels with what came, once the machine is seen", () => {
    const made = machine({
      state: "creating",
      zone: "eastus-2",
      capacityType: "spot",
      imageVersion: "AKSUbuntu-2204-1.0",
    });
    const plan = planned({ sighting: { kind: "seen", machine: made } });
    const { status } = only(plan, "writeStatus");
    expect(status["capacity"]).to.deep.equal({ cpu: "24", memory: "220Gi", "nvidia.com/gpu": "1" });
    expect(status["allocatable"]).to.have.property("nvidia.com/gpu", "1");
    expect(status["imageID"]).to.equal("AKSUbuntu-2204-1.0");
    expect(only(plan, "patchClaim").patch).to.deep.equal({
      metadata: {
        labels: {
          "node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4",
          "karpenter.sh/capacity-type": "spot",
          "topology.kubernetes.io/zone": "eastus-2",
        },
      },
    });
  });
});

describe("a machine that is refused", () => {
  const refusing: readonly CloudReason[] = [
    "FamilyQuotaExceeded",
    "SpotQuotaExceeded",
    "RegionQuotaExceeded",
    "SizeNotAvailable",
    "SizeNotSupported",
    "ZonalAllocationFailed",
    "AllocationFailed",
    "OverconstrainedAllocation",
    "PoolLimitReached",
    "NodeBootstrapFailed",
  ];
  for (const reason of refusing) {
    it(`N12, N13: ${reason} ends the claim, the reason before the deletion`, () => {
      const plan = planned({ failed: failed(reason) });
      expect(kinds(plan)).to.deep.equal(["writeStatus", "event", "deleteClaim"]);
      expect(told(plan, "Launched")).to.include({ status: "False", reason, message: `the cloud said ${reason}` });
      expect(told(plan, "Ready")).to.include({ status: "False", reason: "UnhealthyDependents" });
    });

    it(`N15: a pool that failed with ${reason} ends it, too`, () => {
      const broken = machine({ state: "failed", failure: failure(reason) });
      const plan = planned({ sighting: { kind: "seen", machine: broken } });
      expect(kinds(plan)).to.include.members(["writeStatus", "deleteClaim"]);
      expect(toldBriefly(plan, "Launched")).to.equal(`False ${reason}`);
    });
  }

  it("a pool that failed and does not say why counts as no capacity", () => {
    const plan = planned({ sighting: { kind: "seen", machine: machine({ state: "failed" }) } });
    expect(toldBriefly(plan, "Launched")).to.equal("False AllocationFailed");
  });

  it("what the provider itself finds wrong needs no memory: it is looked at again slowly, and mended with its reason", () => {
    const small = { [A100]: { gpuVendor: "nvidia", gpuCount: 1, vcpus: 4, memoryGiB: 16 } } as const;
    const plan = planned({ sizes: small });
    expect(kinds(plan)).to.deep.equal(["writeStatus"]);
    expect(toldBriefly(plan, "Launched")).to.equal("False InvalidRequest");
    expect(againMs(plan)).to.equal(5 * MINUTE_MS);
    const after = changed(claim(), { status: only(plan, "writeStatus").status });
    expect(kinds(planned({ claim: after }))).to.include("createMachine");
  });

  for (const reason of ["NameTaken", "InvalidRequest"] as const) {
    it(`${reason} stays until a person mends it, and is tried again slowly`, () => {
      const plan = planned({ failed: failed(reason, MINUTE_MS) });
      expect(kinds(plan)).to.deep.equal(["writeStatus"]);
      expect(toldBriefly(plan, "Launched")).to.equal(`False ${reason}`);
      expect(againMs(plan)).to.equal(4 * MINUTE_MS);
      expect(kinds(planned({ failed: failed(reason, 5 * MINUTE_MS) }))).to.include("createMachine");
    });

    it(`…and ${reason} at once after a restart, which settings may have changed by`, () => {
      const conditions = [{ type: "Launched", status: "False", reason, message: "no" }];
      expect(kinds(planned({ claim: claim({ status: { conditions } }) }))).to.include("createMachine");
    });
  }

  it("AuthorizationFailed, too, but soon at first: rights that were just given are on their way", () => {
    const plan = planned({ failed: failed("AuthorizationFailed", 1_000) });
    expect(kinds(plan)).to.deep.equal(["writeStatus"]);
    expect(toldBriefly(plan, "Launched")).to.equal("False AuthorizationFailed");
    const pauses = [1, 2, 3, 7, 100].map((times) =>
      againMs(planned({ failed: failed("AuthorizationFailed", 0, {}, times) })),
    );
    expect(pauses).to.deep.equal([5_000, 10_000, 20_000, 300_000, 300_000]);
    expect(kinds(planned({ failed: failed("AuthorizationFailed", 5_000) }))).to.include("createMachine");
  });

  for (const reason of ["Throttled", "OperationInProgress", "Unavailable"] as const) {
    it(`N11: ${reason} refuses nothing: it is asked again, not before the time the cloud said`, () => {
      const early = planned({ failed: failed(reason, 20_000, { retryAfterMs: 30_000 }) });
      expect(kinds(early)).to.deep.equal(["writeStatus"]);
      expect(toldBriefly(early, "Launched")).to.equal(`Unknown ${reason}`);
      expect(againMs(early)).to.equal(10_000);
      expect(kinds(planned({ failed: failed(reason, 30_000, { retryAfterMs: 30_000 }) }))).to.include("createMachine");
    });
  }

  it("N11: without such a time the pause doubles up to five minutes, and no number of failures loses the claim", () => {
    const pauses = [1, 2, 3, 20, 1_000].map((times) => againMs(planned({ failed: failed("Throttled", 0, {}, times) })));
    expect(pauses).to.deep.equal([5_000, 10_000, 20_000, 300_000, 300_000]);
    for (const agoMs of [0, 300_000]) {
      const facts = { failed: failed("Throttled", agoMs, {}, 1_000), heldMs: { launching: 24 * 60 * MINUTE_MS } };
      expect(kinds(planned(facts))).to.not.include("deleteClaim");
      expect(planned(facts).holds).to.deep.equal([]);
    }
  });

  it("N15: a pool that was made and turned out wrong is removed, says why all the while, and is made again slowly", () => {
    const wrong = machine({ state: "failed", failure: failure("InvalidRequest") });
    const plan = planned({ sighting: { kind: "seen", machine: wrong } });
    expect(kinds(plan)).to.deep.equal(["removeMachine", "writeStatus", "patchClaim"]);
    expect(plan.holds).to.deep.equal(["wrong"]);
    const after = {
      claim: claim({ status: only(plan, "writeStatus").status, metadata: only(plan, "patchClaim").patch["metadata"] }),
    };
    const going = planned({
      ...after,
      sighting: { kind: "seen", machine: machine({ state: "deleting" }) },
      heldMs: { wrong: MINUTE_MS },
    });
    const gone = planned({ ...after, heldMs: { wrong: 2 * MINUTE_MS } });
    for (const one of [going, gone]) expect([kinds(one), one.holds]).to.deep.equal([[], ["wrong"]]);
    expect(againMs(gone)).to.equal(3 * MINUTE_MS);
    const again = planned({ ...after, heldMs: { wrong: 5 * MINUTE_MS } });
    expect(kinds(again)).to.include("createMachine");
    expect(again.holds).to.deep.equal(["launching"]);
  });

  it("N15: a pool that failed although its Node was there already says why, so that the planner learns it", () => {
    const bad = machine({ state: "failed", failure: failure("NodeBootstrapFailed") });
    for (const steps of [["Launched"], ["Launched", "Registered"]]) {
      const plan = planned({ claim: withConditions(claim(), ...steps), sighting: { kind: "seen", machine: bad } });
      expect(kinds(plan)).to.include("deleteClaim");
      const vanished = claim({ status: only(plan, "writeStatus").status });
      expect(attemptOf(vanished, NOW + MINUTE_MS)?.reason).to.equal("NodeBootstrapFailed");
    }
  });

  it("a creation that another operation cancelled is asked for again, not given up", () => {
    const cancelled = machine({ state: "failed", failure: failure("OperationInProgress") });
    const plan = planned({ sighting: { kind: "seen", machine: cancelled } });
    expect(kinds(plan)).to.include("createMachine");
    expect(kinds(plan)).to.not.include("deleteClaim");
  });
});

describe("a machine that takes too long", () => {
  const creating = { kind: "seen", machine: machine({ state: "creating" }) } as const;
  it("N16: a creation that never ends is given up after 20 min, told as LaunchTimeout", () => {
    expect(kinds(planned({ sighting: creating, heldMs: { launching: 20 * MINUTE_MS - 1 } }))).to.not.include(
      "deleteClaim",
    );
    const plan = planned({ sighting: creating, heldMs: { launching: 20 * MINUTE_MS } });
    expect(kinds(plan)).to.include("deleteClaim");
    expect(toldBriefly(plan, "Launched")).to.equal("False LaunchTimeout");
  });

  it("N16: …with what the cloud said last, where nobody knows what it means", () => {
    const full = machine({ state: "failed", failure: { reason: "Unavailable", message: "SubnetIsFull: no address" } });
    const plan = planned({ sighting: { kind: "seen", machine: full }, heldMs: { launching: 20 * MINUTE_MS } });
    expect(toldBriefly(plan, "Launched")).to.equal("False LaunchTimeout");
    expect(told(plan, "Launched")?.message).to.contain("SubnetIsFull");
  });

  it("N17: a machine whose node does not register is given up after 15 min", () => {
    const launched = withConditions(claim(), "Launched");
    const running = { kind: "seen", machine: machine() } as const;
    const early = planned({ claim: launched, sighting: running, heldMs: { registering: 15 * MINUTE_MS - 1 } });
    expect(kinds(early)).to.not.include("deleteClaim");
    expect(toldBriefly(early, "Registered")).to.equal("Unknown NodeNotFound");
    const late = planned({ claim: launched, sighting: running, heldMs: { registering: 15 * MINUTE_MS } });
    expect(kinds(late)).to.include("deleteClaim");
    expect(toldBriefly(late, "Registered")).to.equal("Unknown RegistrationTimeout");
  });

  it("N25: the date decides nothing of it, an hour forward or back", () => {
    for (const hours of [-1, 1, 24 * 365]) {
      const nowMs = Date.parse("2026-11-28T12:00:00Z") + hours * 60 * MINUTE_MS;
      expect(kinds(planned({ nowMs, sighting: creating, heldMs: { launching: MINUTE_MS } }))).to.not.include(
        "deleteClaim",
      );
    }
  });

  it("while the cloud cannot be asked nothing is given up, and the time goes on", () => {
    const unknown = { kind: "unknown", failure: failure("Unavailable") } as const;
    const plan = planned({ sighting: unknown, heldMs: { launching: 60 * MINUTE_MS } });
    expect(kinds(plan)).to.not.include("deleteClaim");
    expect(plan.holds).to.deep.equal(["launching"]);
  });
});

describe("a pool of this name that is not the claim's", () => {
  const strangers = {
    "carries no stamp": machine({ owner: undefined as never }),
    "is of another cluster": machine({
      owner: { cluster: "other", claim: "c0123456789a", claimUid: "uid-1", createdMs: 0 },
    }),
  };
  for (const [title, one] of Object.entries(strangers)) {
    it(`N21: ${title}: the claim says NameTaken, nothing else is done, not even to its nodes`, () => {
      const plan = planned({ sighting: { kind: "seen", machine: one }, nodes: [node()] });
      expect(kinds(plan)).to.deep.equal(["writeStatus"]);
      expect(toldBriefly(plan, "Launched")).to.equal("False NameTaken");
    });
  }

  it("N24: is of an earlier claim of this name: not adopted, not removed here, waited for", () => {
    const owner = { cluster: machine().owner?.cluster ?? "", claim: "c0123456789a", claimUid: "uid-0", createdMs: 0 };
    const plan = planned({ sighting: { kind: "seen", machine: machine({ owner }) }, nodes: [node()] });
    expect(kinds(plan)).to.deep.equal(["writeStatus"]);
    expect(toldBriefly(plan, "Launched")).to.equal("Unknown NameTaken");
  });
});

describe("a machine that goes", () => {
  const gone = { kind: "absent" } as const;
  it("N20: deleted in the portal: the claim goes when the cloud said so for 30 s and no node answers", () => {
    const nodes = [registeredNode({ status: { conditions: [{ type: "Ready", status: "False" }] } })];
    const first = planned({ claim: readyClaim(), sighting: gone, nodes });
    expect(first.holds).to.include("gone");
    expect(kinds(first)).to.not.include("deleteClaim");
    const second = planned({ claim: readyClaim(), sighting: gone, nodes, heldMs: { gone: 30_000 } });
    expect(kinds(second)).to.include("deleteClaim");
    expect(only(second, "event")).to.include({ reason: "MachineGone" });
  });

  it("…and 5 min later while its node is Ready, for then the cloud is wrong", () => {
    const facts = { claim: readyClaim(), sighting: gone, nodes: [registeredNode()] };
    expect(kinds(planned({ ...facts, heldMs: { gone: 5 * MINUTE_MS - 1 } }))).to.not.include("deleteClaim");
    expect(kinds(planned({ ...facts, heldMs: { gone: 5 * MINUTE_MS } }))).to.include("deleteClaim");
  });

  it("is never asked for again once it was there", () => {
    expect(kinds(planned({ claim: readyClaim(), sighting: gone }))).to.not.include("createMachine");
  });

  it("a pool in use whose later operation failed keeps its claim", () => {
    const broken = machine({ state: "failed", failure: failure("AllocationFailed") });
    const plan = planned({
      claim: readyClaim(),
      sighting: { kind: "seen", machine: broken },
      nodes: [registeredNode()],
    });
    expect(kinds(plan)).to.not.include("deleteClaim");
  });

  const leaving = { metadata: { deletionTimestamp: "2026-11-28T12:00:00Z" } };
  const running = { kind: "seen", machine: machine() } as const;
  it("a Node that a person deletes takes its claim along, once it is known that its pool is not stopped", () => {
    const facts = { claim: readyClaim(), sighting: running, nodes: [registeredNode(leaving)] };
    expect(kinds(planned(facts))).to.deep.equal([]);
    const plan = planned({ ...facts, heldMs: { taken: 15_000 } });
    expect(kinds(plan)).to.deep.equal(["event", "deleteClaim"]);
    expect(only(plan, "event")).to.include({ reason: "NodeDeleted" });
  });

  it("a Node that the cloud takes away, for its machine is gone or stopped, goes; its claim stays", () => {
    const heldMs = { taken: 60 * MINUTE_MS };
    const dead = registeredNode({ ...leaving, status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
    const evicted = planned({ claim: readyClaim(), sighting: running, nodes: [dead], heldMs });
    expect(only(evicted, "patchNode").patch).to.deep.equal({ metadata: { finalizers: [] } });
    expect(kinds(evicted)).to.deep.equal(["patchNode"]);
    expect(evicted.holds).to.deep.equal(["unhealthy"]);
    const upgrading = { kind: "seen", machine: machine({ state: "creating" }) } as const;
    const upgraded = planned({ claim: readyClaim(), sighting: upgrading, nodes: [registeredNode(leaving)], heldMs });
    expect(kinds(upgraded)).to.deep.equal(["patchNode"]);
    const stopped = { kind: "seen", machine: machine({ state: "stopped" }) } as const;
    const sleeping = planned({ claim: readyClaim(), sighting: stopped, nodes: [registeredNode(leaving)], heldMs });
    expect(kinds(sleeping)).to.deep.equal(["patchNode"]);
    expect(sleeping.holds).to.deep.equal([]);
  });

  it("a stopped cluster loses no claim, whatever its nodes say and however long", () => {
    const stopped = { kind: "seen", machine: machine({ state: "stopped" }) } as const;
    const heldMs = {
      unhealthy: 48 * 60 * MINUTE_MS,
      registering: 48 * 60 * MINUTE_MS,
      initializing: 48 * 60 * MINUTE_MS,
    };
    const notReady = registeredNode({ status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
    for (const facts of [
      { claim: readyClaim(), nodes: [notReady] },
      { claim: readyClaim(), nodes: [] },
      { claim: withConditions(claim(), "Launched"), nodes: [] },
      { claim: withConditions(claim(), "Launched", "Registered"), nodes: [notReady] },
      { claim: changed(readyClaim(), { spec: { expireAfter: "1s" } }), nodes: [notReady] },
    ]) {
      const plan = planned({ ...facts, sighting: stopped, heldMs });
      expect(kinds(plan)).to.not.include("deleteClaim");
      // Started again, the time in which nodes must be back begins anew.
      expect(plan.holds).to.deep.equal([]);
    }
  });
});
