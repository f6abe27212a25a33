import { expect } from "chai";
import { describe, it } from "mocha";
import { worldIn } from "../../../src/core/imagine/world-in.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../../src/core/take-over/kaito-made.ts";
import { type KaitoWorkspace, kaitoClaim } from "../../support/kaito.ts";
import { shown } from "../plan/worlds.ts";
import { kaitoChildren } from "../take-over/worlds.ts";
import { applied, catalogue, empty, workspace } from "./clusters.ts";

const MADE: KaitoWorkspace = {
  namespace: "default",
  name: "phi",
  uid: "uid-kaito",
  instanceType: "Standard_NC24ads_A100_v4",
  nodes: "gpu-provisioner",
};

/** A cluster in which KAITO serves the Workspace, as `foresail plan` reads it. */
function cluster(annotations: { readonly [key: string]: string } = {}) {
  const made = applied(empty(), workspace("phi", { annotations }));
  const [phi] = made.workspaces;
  if (phi === undefined) throw new Error("no Workspace");
  const finalizers = [KAITO_FINALIZER, "foresail.dev/workspace"];
  const taken: Workspace = { ...phi, metadata: { ...phi.metadata, uid: MADE.uid, finalizers } };
  return { ...made, workspaces: [taken], children: kaitoChildren(MADE), claims: [kaitoClaim(MADE, {})] };
}

function steps(made: ReturnType<typeof cluster>): readonly string[] {
  const [phi] = made.workspaces;
  if (phi === undefined) throw new Error("no Workspace");
  return shown(plan(worldIn(made, phi, catalogue), catalogue).actions);
}

describe("a plan for a cluster that KAITO served", () => {
  it("leaves what runs, and buys nothing", () => {
    expect(steps(cluster()).filter((one) => /^(apply |create|delete)/.test(one))).to.deep.equal([]);
  });

  it("buys a node first where git says adopt", () => {
    expect(steps(cluster({ "foresail.dev/adopt": "true" }))).to.include("createClaim");
  });

  it("knows KAITO's nodes of this Workspace and of no other", () => {
    const made = cluster();
    const others = { ...MADE, name: "other" };
    const [phi] = made.workspaces;
    if (phi === undefined) throw new Error("no Workspace");
    const claims: readonly JsonObject[] = [kaitoClaim(MADE, {}), kaitoClaim(others, {})];
    expect(worldIn({ ...made, claims }, phi, catalogue).kaitoNodes?.claims).to.deep.equal([claims[0]]);
  });
});
