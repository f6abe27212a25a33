import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { scaledClock } from "../../support/arm/clock.ts";
import { type FakeArm, startFakeArm } from "../../support/arm/fake-arm.ts";
import { type AksNodes, startAksNodes } from "../support/aks-nodes.ts";
import { apply, describeWith, mustKubectl, read, waitFor } from "../support/cluster.ts";
import type { ReconcilerProcess } from "../support/reconciler.ts";
import { claimManifest, freshName, getClaim, poolOf, startProvider, waitForClaim, waitForNoClaim } from "./claims.ts";

describeWith(["controllerManager", "scheduler", "kwok"], "our own provider and what others do", () => {
  let arm: FakeArm;
  let nodes: AksNodes;
  let reconciler: ReconcilerProcess;

  before(async () => {
    arm = await startFakeArm({ clock: scaledClock(300) });
    nodes = await startAksNodes({ state: arm.state });
    reconciler = await startProvider(arm);
  });

  after(async () => {
    await reconciler.stop();
    await nodes.stop();
    await arm.close();
  });

  const puts = (): number => arm.calls().filter(({ method }) => method === "PUT").length;
  const ready = async (name: string) => {
    await apply(claimManifest(name));
    return await waitForClaim(name, "Ready", "True Ready");
  };

  it("a cluster that is stopped and started keeps claim and pool, and the Node comes back into use", async () => {
    const name = freshName();
    const { status, metadata } = await ready(name);
    const before = puts();
    arm.stopCluster();
    await waitFor("the Node to go", async () => (await read(`/api/v1/nodes/${status?.nodeName}`)) === undefined);
    expect((await getClaim(name))?.metadata.deletionTimestamp).to.equal(undefined);
    arm.startCluster();
    await waitFor("the Node to be in use again", async () => {
      const node = await read<Node>(`/api/v1/nodes/${status?.nodeName}`);
      return node?.metadata?.labels?.["karpenter.sh/initialized"] === "true";
    });
    const claim = await waitForClaim(name, "Ready", "True Ready");
    expect(claim.metadata.uid).to.equal(metadata.uid);
    expect(puts()).to.equal(before);
    await mustKubectl(["delete", "nodeclaim", name, "--wait=false"]);
    await waitForNoClaim(name);
    expect(poolOf(arm, name)).to.equal(undefined);
  });
});
