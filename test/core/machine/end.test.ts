import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { planMachine } from "../../../src/core/machine/plan-machine.ts";
import type { FailedCall, MachineWorld } from "../../../src/core/machine/world.ts";
import {
  againMs,
  CLUSTER,
  changed,
  claim,
  failure,
  kinds,
  machine,
  NOT_READY,
  NOW,
  node,
  only,
  pod,
  readyClaim,
  registeredNode,
  toldBriefly,
  usedWorld,
  world,
} from "./facts.ts";

const DELETED = { metadata: { deletionTimestamp: "2026-11-28T12:00:00Z" } };
const GRACE = "karpenter.sh/nodeclaim-termination-timestamp";
const leaving = registeredNode({
  ...DELETED,
  spec: { taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] },
});

/** A claim that is deleted, its node kept free of new pods already. */
function ending(patch: Partial<MachineWorld> = {}): MachineWorld {
  return usedWorld({ claim: changed(readyClaim(), DELETED), nodes: [leaving], ...patch });
}

function evicted(patch: Partial<MachineWorld>): readonly string[] {
  const plan = planMachine(ending(patch));
  return plan.actions.flatMap((one) => (one.kind === "evictPod" ? [one.pod.name] : []));
}

const daemon = { metadata: { ownerReferences: [{ kind: "DaemonSet", name: "d" }] } };
const critical = { spec: { priorityClassName: "system-node-critical" } };

describe("a claim that is deleted", () => {
  it("first keeps new pods away, and holds the Node by its finalizer", () => {
    const plan = planMachine(ending({ nodes: [registeredNode()] }));
    expect(kinds(plan)).to.deep.equal(["writeStatus", "patchNode", "deleteNode"]);
    expect(only(plan, "patchNode").patch).to.deep.equal({
      metadata: { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "karpenter" } },
      spec: {
        taints: [
          { key: "sku", value: "gpu", effect: "NoSchedule" },
          { key: "karpenter.sh/disrupted", effect: "NoSchedule" },
        ],
      },
    });
    expect(toldBriefly(plan, "Drained")).to.equal("Unknown Draining");
  });

  it("is nobody's business once the finalizer is gone", () => {
    const gone = changed(claim(), { metadata: { deletionTimestamp: "2026-11-28T12:00:00Z", finalizers: ["other"] } });
    expect(planMachine(ending({ claim: gone })).actions).to.deep.equal([]);
  });

  it("evicts in four waves: not critical, their daemons, critical, their daemons", () => {
    const waves = [pod("a"), pod("b", daemon), pod("c", critical), pod("d", changed(daemon, critical))];
    for (const [i, name] of ["a", "b", "c", "d"].entries()) {
      expect(evicted({ pods: [...waves.slice(i)].reverse() })).to.deep.equal([name]);
    }
    expect(evicted({ pods: [pod("a"), pod("a2"), pod("c", critical)] })).to.deep.equal(["a", "a2"]);
  });

  it("waits for a wave to end before the next", () => {
    const going = pod("a", { metadata: { deletionTimestamp: "2026-11-28T12:00:10Z" } });
    const pods = [going, pod("b", daemon)];
    expect(evicted({ pods })).to.deep.equal([]);
    expect(kinds(planMachine(ending({ pods })))).to.not.include("removeMachine");
  });

  it("do-not-disrupt holds nothing back; pods that ended, static ones and those that tolerate the taint are left", () => {
    const guarded = pod("a", { metadata: { annotations: { "karpenter.sh/do-not-disrupt": "true" } } });
    expect(evicted({ pods: [guarded] })).to.deep.equal(["a"]);
    const left = [
      pod("done", { status: { phase: "Succeeded" } }),
      pod("static", { metadata: { ownerReferences: [{ kind: "Node", name: "aks-node-0" }] } }),
      pod("tolerant", { spec: { tolerations: [{ operator: "Exists" }] } }),
      pod("elsewhere", { spec: { nodeName: "other" } }),
    ];
    expect(kinds(planMachine(ending({ pods: left })))).to.include("removeMachine");
  });

  it("a pod nobody ends any more is not waited for, except while the clock is in doubt", () => {
    const stuck = pod("a", { metadata: { deletionTimestamp: "2026-11-28T11:58:00Z" } });
    expect(kinds(planMachine(ending({ pods: [stuck] })))).to.include("removeMachine");
    expect(kinds(planMachine(ending({ pods: [stuck], clockSteady: false })))).to.not.include("removeMachine");
  });

  it("terminationGracePeriod is written down as a time first", () => {
    const limited = changed(readyClaim({ spec: { terminationGracePeriod: "5m" } }), DELETED);
    const plan = planMachine(ending({ claim: limited, pods: [pod("a")] }));
    expect(only(plan, "patchClaim").patch).to.deep.equal({
      metadata: { annotations: { [GRACE]: "2026-11-28T12:05:00Z" } },
    });
  });

  const until = (time: string): JsonObject =>
    changed(changed(readyClaim(), DELETED), { metadata: { annotations: { [GRACE]: time } } });
  it("a pod whose own grace outlasts that time is deleted with what is left of it", () => {
    const plan = planMachine(ending({ claim: until("2026-11-28T12:00:20Z"), pods: [pod("a")] }));
    expect(only(plan, "deletePod")).to.deep.include({ gracePeriodSeconds: 20 });
    expect(kinds(plan)).to.not.include("evictPod");
    expect(evicted({ claim: until("2026-11-28T12:00:40Z"), pods: [pod("a")] })).to.deep.equal(["a"]);
  });

  it("after that time nothing holds the machine, but not while the clock is in doubt", () => {
    const over = { claim: until("2026-11-28T11:59:59Z"), pods: [pod("a")] };
    expect(kinds(planMachine(ending(over)))).to.include.members(["deletePod", "removeMachine"]);
    expect(kinds(planMachine(ending({ ...over, clockSteady: false })))).to.not.include("removeMachine");
  });

  it("waits for its volumes, seven minutes at most, and not past the grace time", () => {
    const attachments = [{ spec: { nodeName: "aks-node-0" } }];
    const waiting = planMachine(ending({ attachments }));
    expect(kinds(waiting)).to.not.include("removeMachine");
    expect(waiting.holds).to.deep.equal(["detaching"]);
    expect(toldBriefly(waiting, "VolumesDetached")).to.equal("Unknown AwaitingVolumeDetachment");
    expect(kinds(planMachine(ending({ attachments, heldMs: { detaching: 7 * 60_000 } })))).to.include("removeMachine");
    const overdue = planMachine(ending({ attachments, claim: until("2026-11-28T11:59:59Z") }));
    expect(toldBriefly(overdue, "VolumesDetached")).to.equal("False TerminationGracePeriodElapsed");
    expect(kinds(planMachine(ending({ attachments: [{ spec: { nodeName: "other" } }] })))).to.include("removeMachine");
  });

  it("removes its machine soon after rights that were missing are given", () => {
    const failed = (times: number, agoMs: number): FailedCall => {
      return { verb: "remove", failure: failure("AuthorizationFailed"), times, agoMs };
    };
    expect(againMs(planMachine(ending({ failed: failed(2, 4_000) })))).to.equal(6_000);
    expect(kinds(planMachine(ending({ failed: failed(2, 9_999) })))).to.not.include("removeMachine");
    expect(kinds(planMachine(ending({ failed: failed(2, 10_000) })))).to.include("removeMachine");
  });

  it("then removes the machine, only the one that was looked at", () => {
    const plan = planMachine(ending());
    expect(only(plan, "removeMachine").machine).to.deep.equal({ name: "c0123456789a", etag: "e1" });
    for (const type of ["Drained", "VolumesDetached", "InstanceTerminating"]) {
      expect(toldBriefly(plan, type), type).to.equal(`True ${type}`);
    }
  });

  it("N3: a removal under way is not asked for again; finished, it is as good as one of ours", () => {
    const deleting = { kind: "seen", machine: machine({ state: "deleting" }) } as const;
    expect(kinds(planMachine(ending({ sighting: deleting })))).to.deep.equal(["writeStatus"]);
    const plan = planMachine(ending({ sighting: { kind: "absent" } }));
    expect(kinds(plan)).to.deep.equal(["patchNode", "releaseClaim"]);
    expect(only(plan, "patchNode").patch).to.deep.equal({ metadata: { finalizers: [] } });
  });

  it("never lets go of the claim before the cloud said that the machine is gone", () => {
    for (const state of ["creating", "running", "failed", "deleting", "stopped"] as const) {
      const sighting = { kind: "seen", machine: machine({ state }) } as const;
      expect(kinds(planMachine(ending({ sighting }))), state).to.not.include("releaseClaim");
    }
    const unknown = { kind: "unknown", failure: failure("Throttled", 40_000) } as const;
    const plan = planMachine(ending({ sighting: unknown }));
    expect(kinds(plan)).to.not.include("releaseClaim");
    expect(againMs(plan)).to.equal(40_000);
  });

  it("a machine that is gone and a node that is not Ready wait for no pod", () => {
    const dead = registeredNode({ ...DELETED, ...NOT_READY });
    const plan = planMachine(ending({ sighting: { kind: "absent" }, nodes: [dead], pods: [pod("a")] }));
    expect(kinds(plan)).to.deep.equal(["patchNode", "releaseClaim"]);
  });

  it("N23: deleted before any providerID was known: its machine goes by name and stamp", () => {
    const young = changed(claim(), DELETED);
    for (const state of ["creating", "failed", "running"] as const) {
      const plan = planMachine(world({ claim: young, sighting: { kind: "seen", machine: machine({ state }) } }));
      expect(kinds(plan), state).to.include("removeMachine");
      expect(kinds(plan), state).to.not.include("releaseClaim");
    }
    expect(kinds(planMachine(world({ claim: young })))).to.deep.equal(["releaseClaim"]);
  });

  it("N21: a pool of its name that is somebody else's is never touched, nor are its nodes", () => {
    for (const owner of [
      undefined,
      { cluster: "other", claim: "c0123456789a", claimUid: "uid-1", createdMs: 0 },
      { cluster: CLUSTER, claim: "c0123456789a", claimUid: "uid-0", createdMs: 0 },
    ]) {
      const sighting = { kind: "seen", machine: machine({ owner: owner as never }) } as const;
      const plan = planMachine(
        world({ claim: changed(claim(), DELETED), sighting, nodes: [node()], pods: [pod("a")] }),
      );
      expect(kinds(plan)).to.deep.equal(["event", "releaseClaim"]);
    }
  });

  const failed = (agoMs: number): FailedCall => ({
    verb: "remove",
    failure: failure("OperationInProgress", 30_000),
    times: 1,
    agoMs,
  });
  it("a removal the cloud did not take is asked for again, not before its time", () => {
    const early = planMachine(ending({ failed: failed(10_000) }));
    expect(kinds(early)).to.not.include("removeMachine");
    expect(toldBriefly(early, "InstanceTerminating")).to.equal("Unknown OperationInProgress");
    expect(againMs(early)).to.equal(20_000);
    expect(kinds(planMachine(ending({ failed: failed(30_000) })))).to.include("removeMachine");
  });

  it("N25: an hour forward or back changes nothing of a drain under way", () => {
    for (const hours of [-1, 1]) {
      const plan = planMachine(ending({ nowMs: NOW + hours * 3_600_000, pods: [pod("a")] }));
      expect(kinds(plan)).to.deep.equal(["writeStatus", "evictPod"]);
    }
  });
});
