import { expect } from "chai";
import { describe, it } from "mocha";
import { stateLines } from "../../../src/cli/explain/state-lines.ts";
import { stateOf } from "../../../src/core/explain/state.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Condition } from "../../../src/core/kinds/workspace-status.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { A100, node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, condition, ownedPod, running, shown, statusIn, told } from "../plan/worlds.ts";

const { fallbackInstanceTypes: _, ...rest } = expansion;
const podTemplate = {
  ...expansion.podTemplate,
  spec: { ...(expansion.podTemplate["spec"] as JsonObject), affinity: {} },
};
const owner = admitted({ ...rest, nodes: { ...expansion.nodes, provision: false }, podTemplate });

const labelled = (labels: { readonly [key: string]: string }): JsonObject => {
  const made = node("n1");
  return { ...made, metadata: { name: "n1", labels: { "node.kubernetes.io/instance-type": A100, ...labels } } };
};
const small = labelled({ "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB", "nvidia.com/gpu.memory": "40960" });
const right = labelled({ "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.memory": "81920" });

const facts = (ownNodes: readonly JsonObject[]): World => ({ ...running(owner), claims: [], ownNodes });
const said = (world: World): Condition | undefined =>
  statusIn(plan(world, catalogue))?.conditions?.find(({ type }) => type === "NodesMatch");
const events = (world: World): readonly string[] =>
  shown(plan(world, catalogue).actions).filter((one) => one.includes("HardwareDiffers"));

describe("nodes of one's own that are not what is stated", () => {
  it("are told in a condition of their own, beside a model that runs", () => {
    const world = facts([small]);
    expect(said(world)).to.include({ status: "False", reason: "HardwareDiffers" });
    expect(said(world)?.message).to.contain(
      "node n1 (1 x NVIDIA-A100-SXM4-40GB, 40 GiB, 8.0): its GPU has 40 GiB, stated are 80; next: state what",
    );
    expect(condition(plan(world, catalogue), "Ready")).to.equal("True Running");
    expect(condition(plan(world, catalogue), "Stalled")).to.equal("absent");
  });

  it("are one event, and none when more of them come", () => {
    expect(events(facts([small]))).to.have.length(1);
    const known = told(facts([small]));
    expect(plan(known, catalogue).actions).to.deep.equal([]);
    const more = {
      ...known,
      ownNodes: [small, { ...small, metadata: { ...(small["metadata"] as JsonObject), name: "n2" } }],
    };
    expect(said(more)?.message).to.contain("2 of 2 selected nodes");
    expect(events(more)).to.deep.equal([]);
  });

  it("are told of no more when they are mended, and anew when they differ again", () => {
    const mended = { ...told(facts([small])), ownNodes: [right] };
    expect(statusIn(plan(mended, catalogue)), "a status is written").to.not.equal(undefined);
    expect(said(mended)).to.equal(undefined);
    expect(events({ ...told(mended), ownNodes: [small] })).to.have.length(1);
  });

  it("are no matter where nodes are made, or where it is paused", () => {
    expect(said({ ...running(), ownNodes: [small] })).to.equal(undefined);
    const paused = admitted({ ...owner.expansion, workload: { ...expansion.workload, replicas: 0 } });
    const world = { ...facts([small]), workspace: paused, pods: [] };
    expect(said({ ...world, pods: [ownedPod("phi-1")] })).to.equal(undefined);
  });

  it("are told when no node has the labels", () => {
    expect(said(facts([]))).to.include({ status: "False", reason: "NoNodeSelected" });
  });

  it("are shown by explain with the next step", () => {
    const state = stateOf(statusIn(plan(facts([small]), catalogue)));
    expect(state?.ownNodes?.reason).to.equal("HardwareDiffers");
    expect(state?.ownNodes?.message).to.contain("stated are 80").and.not.contain("next: ");
    expect(state?.ownNodes?.next).to.contain("foresail.dev/gpu");
    const lines = state === undefined ? [] : stateLines(state, 400);
    expect(lines[0]).to.contain("Ready, Running");
    expect(lines.slice(2, 4)).to.deep.equal([
      `  HardwareDiffers: ${state?.ownNodes?.message}`,
      `  next: ${state?.ownNodes?.next}`,
    ]);
    expect(stateOf(statusIn(plan(facts([right]), catalogue)))?.ownNodes).to.equal(undefined);
  });
});
