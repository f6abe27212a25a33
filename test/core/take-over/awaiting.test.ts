import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { claim } from "../capacity/facts.ts";
import { admitted, catalogue, condition, running, settled, shown, statusIn, told, world } from "../plan/worlds.ts";
import { kaitoChildren, kaitoPod, live, served, taken } from "./worlds.ts";

/** A training as git has it. */
function training(name: string): JsonObject {
  return {
    resource: { instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { apps: name } } },
    tuning: {
      preset: { name: "phi-3-mini-4k-instruct" },
      method: "lora",
      input: { urls: ["https://example.test/data.parquet"] },
      output: { image: "registry.example/out:1", imagePushSecret: "push" },
    },
  };
}

/** As the record was made: the inputs have changed since. */
function changed(owner: Workspace): Workspace {
  return { ...owner, status: { ...owner.status, takenOverInputs: `sha256:${"1".repeat(64)}` } };
}

describe("a Workspace that KAITO serves", () => {
  it("is left as it is: nothing is made, changed or rolled, and its status is read from what runs", () => {
    const made = plan(served(), catalogue);
    expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Normal AwaitingAdoption", "requeue 300000"]);
    expect(condition(made, "Ready")).to.equal("True AwaitingAdoption");
    expect(condition(made, "InferenceReady")).to.equal("True WorkspaceInferenceStatusSuccess");
    expect(condition(made, "NodeClaimReady")).to.equal("True NodeClaimsReady");
    expect(condition(made, "Stalled")).to.equal("absent");
    expect(condition(made, "Reconciling")).to.equal("absent");
    const status = statusIn(made);
    expect(status?.state).to.equal("Ready");
    expect(status?.workerNodes).to.deep.equal(["kaito-1"]);
    expect(status?.nodes?.[0]?.claim).to.match(/^ws[0-9a-f]{9}$/);
    expect(status?.conditions?.[0]?.message).to.contain("KAITO's StatefulSet phi runs").and.to.contain("next: ");
    expect(status?.takenOverInputs).to.equal(taken().expansion?.inputsHash);
  });

  it("writes nothing at the next look", () => {
    expect(shown(plan(told(served()), catalogue).actions)).to.deep.equal(["requeue 300000"]);
  });

  it("buys no node while its pod waits, and says what the pod says", () => {
    const pending = kaitoPod({ ready: false });
    const { nodeName: _, ...spec } = pending["spec"] as { readonly nodeName?: string };
    const made = plan(served(taken(), { pods: [{ ...pending, spec: spec as JsonObject }] }), catalogue);
    expect(shown(made.actions)).to.not.include("createClaim");
    expect(condition(made, "Ready")).to.not.contain("True");
    expect(shown(made.actions)).to.include("requeue 10000");
  });

  it("is replaced when git changes an input after the first look, not before", () => {
    expect(shown(plan(told(served()), catalogue).actions)).to.not.include("createClaim");
    const moved = told(served(taken({ instanceType: "x" }))).workspace?.status;
    expect(moved?.takenOverInputs).to.equal(taken().expansion?.inputsHash);
    const made = plan(served(changed(taken())), catalogue);
    expect(shown(made.actions)).to.include("createClaim");
    // Else the next look would take the new inputs for those it came with.
    expect(statusIn(made)?.takenOverInputs).to.equal(changed(taken()).status?.takenOverInputs);
  });

  it("is replaced when it says adopt, at the first look too", () => {
    const adopted = taken({
      workload: { kind: "Deployment", name: "phi", replicas: 1, rollout: "surge", adopt: true },
    });
    expect(shown(plan(served(adopted), catalogue).actions)).to.include("createClaim");
  });

  it("gives back what a roll-out that git took back has asked for", () => {
    const facts = served(taken(), { claims: [claim("c1", { node: "n1" })], emptySinceMs: { c1: 0 } });
    const made = plan(facts, catalogue);
    expect(shown(made.actions)).to.include("deleteClaim c1");
    expect(made.emptyClaims).to.deep.equal(["c1"]);
  });

  it("keeps an ended training ended", () => {
    const { inference: _, ...rest } = taken({ workload: { kind: "Job", name: "phi" } });
    const job = live(
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: kaitoChildren()[0]?.["metadata"] as JsonObject,
      },
      { conditions: [{ type: "Complete", status: "True" }] },
    );
    const made = plan(served({ ...rest, tuning: {} } as Workspace, { children: [job], pods: [] }), catalogue);
    expect(shown(made.actions).filter((one) => /apply Job|delete|createClaim/.test(one))).to.deep.equal([]);
  });

  it("keeps a training ended whose Job is gone, by what KAITO wrote", () => {
    const ours = loadCatalogue();
    const { expansion: _, inference: __, status: ___, ...rest } = taken();
    const stated = { ...rest, ...training("phi"), metadata: rest.metadata } as unknown as Workspace;
    const { expansion } = expand(stated, ours);
    if (expansion === undefined) throw new Error("the training does not expand");
    const known = (reason: string): Workspace => {
      const lastTransitionTime = "2026-11-22T11:00:00Z";
      const condition = {
        type: "WorkspaceSucceeded",
        status: "True",
        reason,
        message: "",
        lastTransitionTime,
      } as const;
      return { ...stated, expansion, status: { state: "Succeeded", conditions: [condition] } };
    };
    const facts = { ...served(), children: [], pods: [] };
    const begun = shown(plan({ ...facts, workspace: known("workspacePending") }, ours).actions);
    expect(begun).to.include("apply Job/phi");
    const ended = plan({ ...facts, workspace: known("workspaceSucceeded") }, ours);
    expect(shown(ended.actions).filter((one) => /Job|createClaim/.test(one))).to.deep.equal([]);
    expect(condition(ended, "Ready")).to.equal("True workspaceSucceeded");
  });

  it("is not taken for KAITO's where somebody only took our label away", () => {
    const owner = admitted();
    const children = settled(owner).map((one) => {
      const { labels: _, ...metadata } = one["metadata"] as { readonly labels?: JsonObject };
      return { ...one, metadata: metadata as JsonObject };
    });
    const made = plan({ ...running(owner), children }, catalogue);
    expect(shown(made.actions)).to.include("apply Deployment/phi");
    expect(condition(made, "Ready")).to.not.contain("AwaitingAdoption");
  });

  it("is not somebody else's object of the same name: that name is taken", () => {
    const others = kaitoChildren().map((one) => ({
      ...one,
      metadata: { ...(one["metadata"] as JsonObject), ownerReferences: [] },
    }));
    const made = plan(world({ workspace: taken(), children: others }), catalogue);
    expect(condition(made, "Stalled")).to.equal("True NameTaken");
    expect(shown(made.actions)).to.deep.equal(["applyStatus", "event Warning NameTaken", "requeue 60000"]);
  });

  it("says what admission refuses of what KAITO took", () => {
    const { expansion: _, ...without } = taken();
    const made = plan(served(without as Workspace), catalogue);
    expect(statusIn(made)?.conditions?.[0]?.message).to.contain("admission writes no expansion for what is stored");
  });

  it("is not touched while the definition of Workspaces is KAITO's", () => {
    const made = plan({ ...served(), foreignDefinition: true }, catalogue);
    expect(shown(made.actions)).to.deep.equal(["requeue 60000"]);
    expect(made.reasons[0]?.message).to.contain("has no field expansion");
  });
});
