import { expect } from "chai";
import { describe, it } from "mocha";
import { examples } from "../../../src/cli/demo/examples.ts";
import { missing, type Seen } from "../../../src/cli/demo/missing.ts";
import type { JsonObject } from "../../../src/core/json.ts";

const example = examples[0] ?? expect.fail("no example");
const nothing: Seen = { workspaces: [], pods: [], claims: [], nodes: [], stopped: [] };

function workspace(ready: boolean): JsonObject {
  const status = ready ? "True" : "False";
  const conditions = ["ResourceReady", "InferenceReady", "WorkspaceReady", "Ready"].map((type) => ({
    type,
    status,
    message: "waiting",
  }));
  return {
    metadata: { namespace: example.namespace, name: example.name },
    expansion: {},
    status: { observedGeneration: 1, conditions },
  };
}

const pod: JsonObject = {
  metadata: { namespace: example.namespace, name: "p", labels: { "kaito.sh/workspace": example.name } },
  spec: {},
  status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "no nodes. at all" }] },
};
const claim: JsonObject = { metadata: { name: "c1" }, status: { conditions: [] } };

describe("what the demo misses", () => {
  it("is nothing when the example is there", () => {
    expect(missing([example], { ...nothing, workspaces: [workspace(true)], stopped: ["karpenter"] })).to.deep.equal([]);
  });

  it("is the Workspace itself, or its expansion", () => {
    expect(missing([example], nothing)).to.deep.equal([
      `Workspace default/${example.name} of ${example.shown} is not there`,
    ]);
    const { expansion: _, ...bare } = workspace(false);
    expect(missing([example], { ...nothing, workspaces: [bare] })).to.deep.equal([
      `Workspace default/${example.name} has no expansion`,
    ]);
  });

  it("is Karpenter first, then the pod and the claim that wait for it", () => {
    const seen = { ...nothing, workspaces: [workspace(false)], pods: [pod], claims: [claim], stopped: ["karpenter"] };
    expect(missing([example], seen)).to.deep.equal([
      "karpenter is not running",
      "pod default/p has no node: no nodes",
      "claim c1: nobody has launched a machine for it",
    ]);
  });

  it("is what the Workspace says when no pod explains it", () => {
    expect(missing([example], { ...nothing, workspaces: [workspace(false)] })).to.deep.equal([
      `Workspace default/${example.name} has no pod: waiting`,
    ]);
    const up: JsonObject = { ...pod, status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
    expect(missing([example], { ...nothing, workspaces: [workspace(false)], pods: [up] })).to.deep.equal([
      `Workspace default/${example.name} is not ready though its pods are: waiting`,
    ]);
  });

  it("takes no pod of another namespace for its own", () => {
    const elsewhere: JsonObject = { ...pod, metadata: { ...(pod["metadata"] as JsonObject), namespace: "tuning" } };
    const seen = { ...nothing, workspaces: [workspace(false)], pods: [elsewhere] };
    expect(missing([example], seen)).to.deep.equal([`Workspace default/${example.name} has no pod: waiting`]);
  });
});
