import { expect } from "chai";
import { describe, it } from "mocha";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { claim, NOW, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, condition, ownedPod, running, settled, shown, statusIn, told, world } from "./worlds.ts";

function owned(uid: string, name: string): JsonObject {
  const ownerReferences = [{ apiVersion: "kaito.sh/v1beta1", kind: "Workspace", name, uid, controller: true }];
  return { apiVersion: "v1", kind: "Service", metadata: { name: "phi", namespace: "models", ownerReferences } };
}

describe("plan: what is told", () => {
  it("the API server's refusal of a claim, not that the claim is waited for", () => {
    const owner = admitted();
    const facts = world({ workspace: owner, children: settled(owner), pods: [ownedPod("phi-1")] });
    const made = plan({ ...facts, failure: "NodeClaim c1: denied by policy" }, catalogue);
    expect(condition(made, "Reconciling")).to.equal("True ApplyFailed");
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("denied by policy");
    expect(shown(made.actions)).to.include("createClaim");
  });

  it("no failure while the children of a deleted Workspace of this name are still going", () => {
    const made = plan(world({ children: [owned("uid-of-before", "phi")] }), catalogue);
    expect(condition(made, "Reconciling")).to.equal("True WaitingForPredecessor");
    expect(condition(made, "Stalled")).to.equal("absent");
    expect(shown(made.actions)).not.to.include("apply Service/phi");
    const foreign = plan(world({ children: [owned("uid-of-other", "other")] }), catalogue);
    expect(condition(foreign, "Stalled")).to.equal("True NameTaken");
  });

  it("nothing new beside a condition that somebody else keeps, in whatever order", () => {
    const done = told(running());
    const [first, ...rest] = done.workspace?.status?.conditions ?? [];
    if (first === undefined || done.workspace === undefined) throw new Error("no status was told");
    const conditions = [...rest, { ...first, type: "example.test/Audited" }, first];
    const audited: World = {
      ...done,
      workspace: { ...done.workspace, status: { ...done.workspace.status, conditions } },
    };
    expect(plan(audited, catalogue).actions).to.deep.equal([]);
    const lost = { ...done.workspace, status: { ...done.workspace.status, conditions: rest } };
    expect(shown(plan({ ...done, workspace: lost }, catalogue).actions)).to.include("applyStatus");
  });

  it("why the API server refuses the pods of a StatefulSet, as long as they are missing", () => {
    const owner = admitted({ nodeCount: 2, workload: { kind: "StatefulSet", name: "phi", replicas: 1 } });
    const refusal = (note: string, minutesAgo: number, uid = "uid-workload"): JsonObject => ({
      metadata: { name: `phi.${minutesAgo}`, namespace: "models" },
      reason: "FailedCreate",
      note,
      deprecatedLastTimestamp: new Date(NOW - minutesAgo * 60_000).toISOString(),
      regarding: { kind: "StatefulSet", name: "phi", namespace: "models", uid },
    });
    const facts = world({ workspace: owner, children: settled(owner, 2), pods: [] });
    const refusals = [refusal("before", 9), refusal("exceeded quota: gpus", 1), refusal("theirs", 0, "uid-theirs")];
    const made = plan({ ...facts, refusals }, catalogue);
    expect(condition(made, "Reconciling")).to.equal("True PodRefused");
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain(
      "ResourceQuota gpus refuses the pod: exceeded quota: gpus; next: raise",
    );
    const reason = (changes: Partial<World>) => condition(plan({ ...facts, ...changes }, catalogue), "Reconciling");
    expect(reason({ refusals: [refusal("long ago", 30)] })).to.equal("True WaitingForPods");
    const pods = [ownedPod("phi-0"), ownedPod("phi-1")];
    expect(reason({ refusals, pods })).to.equal("True WaitingForCapacity");
  });

  it("that a training runs", () => {
    const { inference: _, ...made } = admitted({ workload: { kind: "Job", name: "phi" } });
    const { service: __, ...expanded } = made.expansion ?? expansion;
    const owner: Workspace = { ...made, expansion: { ...expanded, inputsHash: inputsHash(made) } };
    const facts = world({
      workspace: owner,
      children: settled(owner).map((one) => (one["kind"] === "Job" ? { ...one, status: { active: 1 } } : one)),
      pods: [ownedPod("phi-1", { nodeName: "n1", ready: true })],
      nodes: [node("n1")],
      claims: [claim("c1", { node: "n1" })],
    });
    expect(condition(plan(facts, catalogue), "Reconciling")).to.equal("True Training");
    expect(plan(told(facts), catalogue).actions).to.deep.equal([]);
  });
});
