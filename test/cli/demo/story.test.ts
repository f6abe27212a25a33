import { expect } from "chai";
import { describe, it } from "mocha";
import { isThere, told } from "../../../src/cli/demo/story.ts";
import type { JsonObject } from "../../../src/core/json.ts";

const condition = (type: string, status = "True", rest: JsonObject = {}): JsonObject => ({ type, status, ...rest });
const withConditions = (...conditions: JsonObject[]): JsonObject => ({
  metadata: { name: "x" },
  status: { observedGeneration: 1, conditions },
});

describe("the story of the demo", () => {
  it("tells each step of a pod once, in the words of the scheduler", () => {
    const fresh: JsonObject = { metadata: { name: "p" }, spec: {}, status: { phase: "Pending" } };
    const message = "0/1 nodes are available: 1 node(s) had untolerated taint(s). preemption: no.";
    const refusal = condition("PodScheduled", "False", { reason: "Unschedulable", message });
    const refused: JsonObject = { ...fresh, status: { phase: "Pending", conditions: [refusal] } };
    const bound: JsonObject = { ...refused, spec: { nodeName: "n" }, status: { phase: "Pending", conditions: [] } };
    const ready: JsonObject = { ...bound, status: { phase: "Running", conditions: [condition("Ready")] } };
    expect(told("pod", undefined, fresh)).to.deep.equal([]);
    expect(told("pod", fresh, refused)).to.deep.equal([
      "is Unschedulable: 0/1 nodes are available: 1 node(s) had untolerated taint(s)",
    ]);
    expect(told("pod", refused, refused)).to.deep.equal([]);
    expect(told("pod", refused, bound)).to.deep.equal(["is bound to n"]);
    expect(told("pod", bound, ready)).to.deep.equal(["is Running and Ready"]);
    expect(told("pod", ready, undefined)).to.deep.equal(["is gone"]);
  });

  it("tells all that happened between two events that were seen", () => {
    const claim = withConditions(condition("Launched"), condition("Registered"));
    const asked: JsonObject = {
      ...claim,
      spec: { requirements: [{ key: "node.kubernetes.io/instance-type", operator: "In", values: ["Standard_X"] }] },
    };
    expect(told("claim", undefined, asked)).to.deep.equal(["asks for Standard_X", "is Launched", "is Registered"]);
  });

  it("tells when a node offers its GPUs after it was Ready", () => {
    const node = (gpus: string): JsonObject => ({
      ...withConditions(condition("Ready")),
      status: { conditions: [condition("Ready")], allocatable: { "nvidia.com/gpu": gpus } },
    });
    expect(told("node", undefined, node("0"))).to.deep.equal(["has registered", "is Ready"]);
    expect(told("node", node("0"), node("2"))).to.deep.equal(["offers 2 GPU"]);
    expect(told("node", undefined, node("1"))).to.deep.equal(["has registered", "is Ready with 1 GPU"]);
  });
});

describe("a Workspace of the demo", () => {
  const all = ["ResourceReady", "InferenceReady", "WorkspaceReady"].map((type) => condition(type));

  it("is there when everything about it is ready", () => {
    expect(isThere({ ...withConditions(...all), inference: {} })).to.equal(true);
    for (const left of all) {
      expect(isThere({ ...withConditions(...all.filter((one) => one !== left)), inference: {} })).to.equal(false);
    }
  });

  it("is there as a tuning run once that has started, never as a model", () => {
    const started = withConditions(condition("JobStarted"));
    expect(isThere({ ...started, tuning: {} })).to.equal(true);
    expect(isThere({ ...started, inference: {} })).to.equal(false);
  });

  it("is not there before anybody has looked at it", () => {
    expect(isThere(undefined)).to.equal(false);
    expect(isThere({ status: { conditions: all } })).to.equal(false);
  });
});
