import { expect } from "chai";
import { describe, it } from "mocha";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import type { World } from "../../../src/core/world.ts";
import { expansion } from "../children/workspaces.ts";
import { accepted, admitted, catalogue, condition, settled, shown, told, world } from "./worlds.ts";

const COMPLETE = { conditions: [{ type: "Complete", status: "True" }] };

/** A tuning Workspace whose inputs are those of an annotation; its status is taken from another. */
function tuning(zones: string, like?: Workspace): Workspace {
  const { inference: _, ...made } = admitted({ workload: { kind: "Job", name: "phi" } });
  const { service: __, ...expanded } = made.expansion ?? expansion;
  const object = { ...made, metadata: { ...made.metadata, annotations: { "foresail.dev/zones": zones } } };
  const status = like?.status === undefined ? {} : { status: like.status };
  return accepted({ ...object, ...status, expansion: { ...expanded, inputsHash: inputsHash(object) } });
}

function jobOf(owner: Workspace, status: JsonObject): readonly JsonObject[] {
  return settled(owner).map((one) => (one["kind"] === "Job" ? { ...one, status } : one));
}

function withoutJob(facts: World): World {
  return { ...facts, children: facts.children.filter((one) => one["kind"] !== "Job") };
}

describe("plan: a finished training", () => {
  const first = tuning("1");
  const done = told(world({ workspace: first, children: jobOf(first, COMPLETE) }));

  it("is remembered while the status tells of other trouble, and after", () => {
    const made = done.workspace;
    if (made?.expansion === undefined) throw new Error("no Workspace");
    const forged = { ...made, expansion: { ...made.expansion, inputsHash: `sha256:${"0".repeat(64)}` } };
    const troubled = told({ ...withoutJob(done), workspace: forged });
    expect(troubled.workspace?.status?.conditions?.[0]?.reason).to.equal("ExpansionNotOurs");
    const mended = told({ ...troubled, workspace: { ...made, status: troubled.workspace?.status ?? {} } });
    expect(mended.workspace?.status?.state).to.equal("Succeeded");
    expect(plan(mended, catalogue).actions).to.deep.equal([]);
  });

  it("is not run again by an input that changed and came back before anything was done", () => {
    const back = { ...done, workspace: tuning("1", done.workspace) };
    expect(plan(back, catalogue).actions).to.deep.equal([]);
  });

  it("is run again when its inputs come back after others were trained for", () => {
    const second = tuning("2", done.workspace);
    const between = told({ ...done, workspace: second, children: jobOf(second, { active: 1 }) });
    expect(condition(plan({ ...done, workspace: second }, catalogue), "WorkspaceSucceeded")).to.equal(
      "False workspacePending",
    );
    const back = { ...between, workspace: tuning("1", between.workspace) };
    expect(shown(plan(back, catalogue).actions)).to.include("delete Job/phi Foreground");
    expect(shown(plan(withoutJob(back), catalogue).actions)).to.include("apply Job/phi");
  });
});
