import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { leaving, PODS_PATIENCE_MS } from "../../../src/core/plan/live.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { claim, NOW, node } from "../capacity/facts.ts";
import { admitted, catalogue, ownedPod, running, shown } from "./worlds.ts";

const GRACE_MS = 30_000;
const SILENT = node("n1", { ready: false });

function deleted<T extends JsonObject>(object: T): T {
  const dates = { deletionTimestamp: new Date(NOW).toISOString(), deletionGracePeriodSeconds: 0 };
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), ...dates } };
}

/** On its way out since now; the API server dates it to the end of its grace period. */
function ending(pod: JsonObject): JsonObject {
  const deletionTimestamp = new Date(NOW + GRACE_MS).toISOString();
  const dates = { deletionTimestamp, deletionGracePeriodSeconds: GRACE_MS / 1000 };
  return { ...pod, metadata: { ...(pod["metadata"] as JsonObject), ...dates } };
}

/** A Workspace that was deleted a moment ago, its workload and its pod with it. */
function going(changes: Partial<World> = {}): World {
  const owner = deleted(admitted() as unknown as JsonObject) as unknown as World["workspace"];
  const facts = running();
  return {
    ...facts,
    ...(owner === undefined ? {} : { workspace: owner }),
    children: facts.children.map(deleted),
    pods: [ending(ownedPod("phi-1", { nodeName: "n1" }))],
    ...changes,
  };
}

/** What is done so long after the deletion was seen. */
function steps(facts: World, afterMs = 0): readonly string[] {
  const leavingSinceMs = Object.fromEntries(leaving(facts).map((name) => [name, NOW]));
  const made = shown(plan({ ...facts, nowMs: NOW + afterMs, leavingSinceMs }, catalogue).actions);
  return made.filter((one) => one !== "applyStatus");
}

describe("plan: the end of a deleted Workspace's pods", () => {
  it("is waited for, and the workload with it, for ten minutes", () => {
    for (const children of [going().children, []]) {
      expect(steps(going({ children }))).to.deep.equal([`requeue ${PODS_PATIENCE_MS}`]);
      expect(steps(going({ children }), PODS_PATIENCE_MS)).to.deep.equal(["deleteClaim c1"]);
    }
  });

  it("is not waited for where the node does not exist any more", () => {
    expect(steps(going({ nodes: [] }))).to.deep.equal(["deleteClaim c1"]);
    const two = [...going().pods, ending(ownedPod("phi-2", { nodeName: "n2" }))];
    expect(steps(going({ pods: two }))).to.deep.equal([`requeue ${PODS_PATIENCE_MS}`]);
    expect(steps(going({ pods: two, nodes: [] }))).to.deep.equal(["deleteClaim c1"]);
  });

  it("is not waited for where the claim is on its way out: whoever made the node drains it", () => {
    const claims = [deleted(claim("c1", { node: "n1" })), claim("c2", { node: "n2" })];
    expect(steps(going({ claims }))).to.deep.equal(["deleteClaim c2"]);
  });

  it("is waited for to the end of the grace period where the kubelet is silent", () => {
    expect(steps(going({ nodes: [SILENT] }))).to.deep.equal([`requeue ${GRACE_MS + 1}`]);
    expect(steps(going({ nodes: [SILENT] }), GRACE_MS)).to.deep.equal(["requeue 1"]);
    expect(steps(going({ nodes: [SILENT] }), GRACE_MS + 1)).to.deep.equal(["deleteClaim c1"]);
    // A kubelet that answers may have a reason to take longer.
    expect(steps(going(), GRACE_MS + 1)).to.deep.equal([`requeue ${PODS_PATIENCE_MS - GRACE_MS - 1}`]);
  });

  it("is waited for where it was bound to no node yet, or is still to be deleted", () => {
    expect(steps(going({ pods: [ending(ownedPod("phi-1"))], nodes: [] }))).to.deep.equal([
      `requeue ${PODS_PATIENCE_MS}`,
    ]);
    const pods = [ownedPod("phi-1", { nodeName: "n1" })];
    expect(steps(going({ pods, nodes: [SILENT] }), GRACE_MS + 1)).to.deep.equal([
      `requeue ${PODS_PATIENCE_MS - GRACE_MS - 1}`,
    ]);
  });

  it("does not keep the workload from being deleted", () => {
    const { children } = running();
    expect(steps(going({ children, nodes: [] }))).to.include("delete Deployment/phi Foreground");
    expect(steps(going({ children, nodes: [] }), PODS_PATIENCE_MS)).to.deep.equal(["delete Deployment/phi Foreground"]);
  });
});
