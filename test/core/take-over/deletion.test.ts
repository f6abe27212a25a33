import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { plan } from "../../../src/core/plan.ts";
import { KAITO_FINALIZER } from "../../../src/core/take-over/kaito-made.ts";
import type { World } from "../../../src/core/world.ts";
import { kaitoPool } from "../../support/kaito.ts";
import { catalogue, shown } from "../plan/worlds.ts";
import { KAITO, kaitoChildren, nodeClaimOfKaito, served, taken } from "./worlds.ts";

const owner = taken();
const deleted: Workspace = {
  ...owner,
  metadata: { ...owner.metadata, deletionTimestamp: "2026-11-22T11:59:30Z" },
};

function steps(changes: Partial<World>, of: Workspace = deleted): readonly string[] {
  return shown(plan(served(of, changes), catalogue).actions).filter((one) => !/^(applyStatus|event)/.test(one));
}

const none = { claims: [], pools: [] };
const claimName = String((nodeClaimOfKaito()["metadata"] as JsonObject)["name"]);

describe("the deletion of a Workspace that KAITO served", () => {
  it("takes its workload first, then its claims, then both finalizers", () => {
    expect(steps({})[0]).to.equal("delete StatefulSet/phi Foreground");
    expect(steps({ children: [], pods: [] })).to.deep.equal([`deleteClaim ${claimName}`, "requeue 5000"]);
    expect(steps({ children: [], pods: [], kaitoNodes: none })).to.deep.equal(["removeFinalizer"]);
  });

  it("looks again while its workload goes, which no watch tells", () => {
    const going = kaitoChildren().map((one) => ({
      ...one,
      metadata: { ...(one["metadata"] as JsonObject), deletionTimestamp: "2026-11-22T11:59:40Z" },
    }));
    expect(steps({ children: going, pods: [] })).to.deep.equal(["requeue 5000"]);
  });

  it("is not held up by a Workspace that our finalizer never reached: KAITO's is enough", () => {
    const { metadata } = deleted;
    const alone = { ...deleted, metadata: { ...metadata, finalizers: [KAITO_FINALIZER] } };
    expect(steps({}, alone)[0]).to.equal("delete StatefulSet/phi Foreground");
    expect(steps({ children: [], pods: [], kaitoNodes: none }, alone)).to.deep.equal(["removeFinalizer"]);
  });

  it("takes a NodePool along, and waits for the claims that go with it", () => {
    const pool = kaitoPool({ ...KAITO, nodes: "karpenter" }, {});
    const poolName = String((pool["metadata"] as JsonObject)["name"]);
    const made = nodeClaimOfKaito();
    const metadata = { ...(made["metadata"] as JsonObject), labels: { "karpenter.sh/nodepool": poolName } };
    const claims = [{ ...made, metadata }];
    const gone = { children: [], pods: [] };
    expect(steps({ ...gone, kaitoNodes: { claims, pools: [pool] } })).to.deep.equal([
      `deletePool ${poolName}`,
      "requeue 5000",
    ]);
    expect(steps({ ...gone, kaitoNodes: { claims, pools: [] } })).to.include(`deleteClaim ${claimName}`);
  });

  it("is not our business while KAITO runs", () => {
    expect(plan({ ...served(deleted), kaito: "kaito/workspace" }, catalogue).actions).to.deep.equal([]);
  });
});
