import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { takeOverReport } from "../../../src/core/take-over/report.ts";
import { takeOverText } from "../../../src/core/take-over/report-text.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { type KaitoWorkspace, kaitoObjects, stated } from "../../support/kaito.ts";

const catalogue = loadCatalogue();
const A100 = "Standard_NC24ads_A100_v4";

function known(changes: Partial<KaitoWorkspace> = {}, metadata: JsonObject = {}) {
  const made: KaitoWorkspace = {
    namespace: "models",
    name: "phi",
    uid: "u",
    instanceType: A100,
    nodes: "karpenter",
    ...changes,
  };
  const object = stated(made);
  const workspace = { ...object, metadata: { ...(object["metadata"] as JsonObject), uid: made.uid, ...metadata } };
  const workloads = kaitoObjects(made).filter(({ kind }) => kind === "StatefulSet");
  return { workspace: workspace as unknown as Workspace, workloads };
}

function report(...all: readonly ReturnType<typeof known>[]) {
  const workspaces = all.map(({ workspace }) => workspace);
  return takeOverReport({ workspaces, workloads: all.flatMap(({ workloads }) => workloads) }, catalogue);
}

describe("what taking over means", () => {
  it("says what runs and what an adoption changes of it", () => {
    const [one] = report(known());
    expect(one?.runs).to.equal("StatefulSet");
    expect(one?.refused).to.deep.equal([]);
    expect(one?.adoption).to.equal("new pod first");
    expect(one?.changes).to.include("workload: StatefulSet → Deployment");
    expect(one?.changes.filter((line) => line.startsWith("instance type"))).to.deep.equal([]);
  });

  it("says that the old pods go first where it is asked for", () => {
    const [one] = report(known({}, { annotations: { "foresail.dev/rollout": "recreate" } }));
    expect(one?.adoption).to.equal("old pods first");
  });

  it("says what KAITO took and admission refuses", () => {
    const [one] = report(known({ instanceType: "Standard_NC1_nowhere" }));
    expect(one?.refused.map(({ code }) => code)).to.deep.equal(["instance-type/unknown"]);
    expect(one?.adoption).to.equal("not before it is mended");
    expect(one?.runs).to.equal("StatefulSet");
    expect(one?.changes).to.deep.equal([]);
  });

  it("says what starts because nothing runs, and takes no workload of somebody else's for it", () => {
    const { workspace, workloads } = known();
    const others = workloads.map((one) => ({
      ...one,
      metadata: { ...(one["metadata"] as JsonObject), ownerReferences: [] },
    }));
    const [one] = takeOverReport({ workspaces: [workspace], workloads: others }, catalogue);
    expect(one?.runs).to.equal(undefined);
    expect(one?.adoption).to.equal("starts");
  });

  it("is in one order, whatever the API server's", () => {
    const names = report(known({ name: "b", uid: "b" }), known({ name: "a", uid: "a" })).map(({ name }) => name);
    expect(names).to.deep.equal(["a", "b"]);
  });
});

describe("the report of a take-over for people", () => {
  it("says of each what runs, what an adoption changes, what is refused, and what it comes to", () => {
    const text = takeOverText(report(known(), known({ name: "bad", uid: "b", instanceType: "Standard_NC1_nowhere" })));
    const lines = text.split("\n");
    expect(lines[0]).to.equal("models/bad: StatefulSet runs on as it is");
    expect(lines[1]).to.match(/^ {2}refused: .*Standard_NC1_nowhere.* \(instance-type\/unknown\)$/);
    expect(lines[2]).to.equal("  adopted: not before it is mended");
    expect(lines[3]).to.equal("models/phi: StatefulSet runs on as it is");
    expect(lines).to.include("  adopted: new pod first");
    expect(lines).to.include("    workload: StatefulSet → Deployment");
    expect(lines.at(-2)).to.equal(
      "2 Workspaces: taking over restarts nothing, 2 run on as they are, 1 must be mended before they can be adopted",
    );
  });

  it("prints no control character of anybody's", () => {
    const text = takeOverText(report(known({ instanceType: "x\u001b[31m" })));
    expect([...text].filter((character) => character < " " && character !== "\n")).to.deep.equal([]);
  });

  it("says that there is nothing to take over", () => {
    expect(takeOverText([])).to.equal("no Workspace is there: nothing to take over\n");
  });
});
