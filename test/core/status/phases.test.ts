import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Phase } from "../../../src/core/kinds/workspace-status.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { node } from "../capacity/facts.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, running, statusIn, told } from "../plan/worlds.ts";
import { claimWith, gpulessNode, waitingWorld } from "./situations.ts";

const at = (clock: string): string => `2026-11-22T${clock}Z`;

interface Times {
  readonly created: string;
  readonly scheduled?: string;
  readonly started?: string;
  readonly loaded?: string;
  readonly ready?: string;
}

/** A pod as far as these times tell. */
function podAt(name: string, { created, scheduled, started, loaded, ready }: Times, nodeName = "n1"): JsonObject {
  const made = ownedPod(name, scheduled === undefined ? {} : { nodeName });
  const since = (type: string, time: string | undefined): readonly JsonObject[] =>
    time === undefined ? [] : [{ type, status: "True", lastTransitionTime: time }];
  const before = (made["status"] as { conditions: JsonObject[] }).conditions;
  return {
    ...made,
    metadata: { ...(made["metadata"] as JsonObject), creationTimestamp: created },
    status: {
      ...(made["status"] as JsonObject),
      conditions: [
        ...before.filter(({ type }) => type === "PodScheduled" && scheduled === undefined),
        ...since("PodScheduled", scheduled),
        ...since("ContainersReady", loaded),
        ...since("Ready", ready),
      ],
      containerStatuses:
        started === undefined
          ? []
          : [{ name: "model", ready: ready !== undefined, state: { running: { startedAt: started } } }],
    },
  };
}

function phases(facts: World): readonly string[] {
  const { workspace } = told(facts);
  return (workspace?.status?.phases ?? []).map(({ type, time }: Phase) => `${type} ${time.slice(11, 19)}`);
}

const claimed = claimWith("c1", { Launched: at("10:00:30"), Registered: at("10:01:00") }, "n1");
const initialized = claimWith(
  "c1",
  { Launched: at("10:00:30"), Registered: at("10:01:00"), Initialized: at("10:02:00"), Ready: at("10:02:00") },
  "n1",
);

function created(raw: JsonObject, time: string): JsonObject {
  return { ...raw, metadata: { ...(raw["metadata"] as JsonObject), creationTimestamp: time } };
}

const waiting = podAt("phi-1", { created: at("10:00:00") });
const whole: Times = {
  created: at("10:00:00"),
  scheduled: at("10:02:05"),
  started: at("10:06:00"),
  loaded: at("10:09:00"),
  ready: at("10:09:01"),
};

function served(changes: Partial<World> = {}): World {
  return {
    ...running(),
    claims: [created(initialized, at("10:00:02"))],
    nodes: [node("n1", { since: at("10:01:30") })],
    pods: [podAt("phi-1", whole)],
    ...changes,
  };
}

describe("steps of a start", () => {
  it("are told one after the other, from the times of objects", () => {
    const claims = [created(claimed, at("10:00:02"))];
    const nodes = [gpulessNode("n1", at("10:01:30"))];
    expect(phases(waitingWorld({ pods: [waiting] }))).to.deep.equal(["Pending 10:00:00"]);
    expect(phases(waitingWorld({ pods: [waiting], claims, nodes }))).to.deep.equal([
      "Pending 10:00:00",
      "Node 10:01:30",
    ]);
    const gpus = waitingWorld({
      pods: [waiting],
      claims: [created(initialized, at("10:00:02"))],
      nodes: [node("n1", { since: at("10:01:30") })],
    });
    expect(phases(gpus)).to.deep.equal(["Pending 10:00:00", "Node 10:01:30", "GPU 10:02:00"]);
    const all = [
      "Pending 10:00:00",
      "Node 10:01:30",
      "GPU 10:02:05",
      "Image 10:06:00",
      "Weights 10:09:00",
      "Ready 10:09:01",
    ];
    expect(phases(served())).to.deep.equal(all);
  });

  it("do not depend on who looks, or when", () => {
    const later = { ...served(), nowMs: served().nowMs + 3_600_000 };
    expect(phases(later)).to.deep.equal(phases(served()));
  });

  it("stay when what they were read from is gone or changes, and write nothing more then", () => {
    const done = told(served());
    const moved = { ...done, claims: [], nodes: [node("n1", { since: at("11:30:00") })] };
    expect(phases(moved)).to.deep.equal(phases(served()));
    const kept = { ...done, nodes: [node("n1", { since: at("11:30:00") })] };
    expect(statusIn(plan(kept, catalogue))).to.equal(undefined);
  });

  it("stay while the next is still to come, also when the node was away in between", () => {
    const claims = [created(claimed, at("10:00:02"))];
    const begun = told(waitingWorld({ pods: [waiting], claims, nodes: [gpulessNode("n1", at("10:01:30"))] }));
    const flapped = { ...begun, nodes: [gpulessNode("n1", at("10:03:00"))] };
    expect(phases(flapped)).to.deep.equal(["Pending 10:00:00", "Node 10:01:30"]);
    const recreated = { ...begun, pods: [podAt("phi-2", { created: at("10:04:00") })] };
    expect(phases(recreated)).to.deep.equal(["Pending 10:00:00", "Node 10:01:30"]);
  });

  it("that are known do not move when an earlier one is learnt of late", () => {
    const late = served({ nodes: [] });
    expect(phases(late)).to.deep.equal([
      "Pending 10:00:00",
      "GPU 10:02:05",
      "Image 10:06:00",
      "Weights 10:09:00",
      "Ready 10:09:01",
    ]);
    expect(phases({ ...told(late), nodes: served().nodes })).to.deep.equal(phases(late));
  });

  it("are never earlier than the one before: a node that was there counts from the wish", () => {
    const reused = served({ claims: [], nodes: [node("n1", { since: at("07:00:00") })] });
    expect(phases(reused).slice(0, 3)).to.deep.equal(["Pending 10:00:00", "Node 10:00:00", "GPU 10:02:05"]);
  });

  it("of a group are done with its last pod", () => {
    const owner = admitted({ nodeCount: 2, workload: { kind: "StatefulSet", name: "phi", replicas: 1 } });
    const second: Times = { ...whole, scheduled: at("10:05:00"), started: at("10:07:00") };
    const { ready: _, loaded: __, ...loading } = second;
    const pods = [podAt("phi-0", whole), podAt("phi-1", loading, "n2")];
    const nodes = [node("n1", { since: at("10:01:30") }), node("n2", { since: at("10:04:00") })];
    const facts = { ...served({ workspace: owner, nodes }), pods };
    expect(phases(facts)).to.deep.equal(["Pending 10:00:00", "Node 10:04:00", "GPU 10:05:00", "Image 10:07:00"]);
    expect(phases({ ...facts, pods: pods.slice(0, 1) })).to.deep.equal(["Pending 10:00:00"]);
  });

  it("begin anew with a successor, not with a second replica", () => {
    const done = told(served());
    const next = podAt("phi-2", { created: at("11:00:00"), scheduled: at("11:00:01") });
    const replaced = { ...done, pods: [next] };
    expect(phases(replaced)).to.deep.equal(["Pending 11:00:00", "Node 11:00:00", "GPU 11:00:01"]);
    const surge = { ...done, pods: [...done.pods, next] };
    expect(phases(surge)).to.deep.equal(["Pending 11:00:00", "Node 11:00:00", "GPU 11:00:01"]);
    const status = done.workspace?.status;
    const two = admitted({ workload: { ...expansion.workload, replicas: 2 } }, status);
    expect(phases({ ...surge, workspace: two })).to.deep.equal(phases(served()));
  });

  it("are kept while it is paused, if the model had been ready", () => {
    const status = told(served()).workspace?.status;
    const paused = admitted({ workload: { ...expansion.workload, replicas: 0 } }, status);
    expect(phases({ ...served({ pods: [] }), workspace: paused })).to.deep.equal(phases(served()));
    const begun = { ...status, phases: status?.phases?.slice(0, 2) ?? [] };
    const never = admitted({ workload: { ...expansion.workload, replicas: 0 } }, begun);
    expect(phases({ ...served({ pods: [] }), workspace: never })).to.deep.equal([]);
  });
});
