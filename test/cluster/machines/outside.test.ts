import { expect } from "chai";
import type { Node } from "kubernetes-types/core/v1.js";
import { after, before, it } from "mocha";
import { scaledClock } from "../../support/arm/clock.ts";
import { type FakeArm, startFakeArm } from "../../support/arm/fake-arm.ts";
import { applyIn, serving, waitForCondition } from "../e2e/workspaces.ts";
import { type AksNodes, startAksNodes } from "../support/aks-nodes.ts";
import { apply, describeWith, mustKubectl, namespace, read, readItems, waitFor } from "../support/cluster.ts";
import type { ReconcilerProcess } from "../support/reconciler.ts";
import { startWebhook, type WebhookProcess } from "../support/webhook.ts";
import {
  A100,
  claimManifest,
  freshName,
  getClaim,
  poolOf,
  startProvider,
  waitForClaim,
  waitForNoClaim,
} from "./claims.ts";

describeWith(["controllerManager", "scheduler", "kwok"], "our own provider and what others do", () => {
  let arm: FakeArm;
  let nodes: AksNodes;
  let webhook: WebhookProcess;
  let reconciler: ReconcilerProcess;

  before(async () => {
    arm = await startFakeArm({ clock: scaledClock(300) });
    nodes = await startAksNodes({ state: arm.state });
    webhook = await startWebhook();
    reconciler = await startProvider(arm);
  });

  after(async () => {
    await reconciler.stop();
    await webhook.uninstall();
    await nodes.stop();
    await arm.close();
  });

  const puts = (): number => arm.calls().filter(({ method }) => method === "PUT").length;
  const ready = async (name: string) => {
    await apply(claimManifest(name));
    return await waitForClaim(name, "Ready", "True Ready");
  };

  it("N20: a pool deleted in the portal takes its claim and Node along", async () => {
    const name = freshName();
    const { status } = await ready(name);
    arm.portalDelete(name);
    await waitForNoClaim(name);
    await waitFor("the node to go", async () => (await read(`/api/v1/nodes/${status?.nodeName}`)) === undefined);
  });

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

  it("three Workspaces at once run on pools; all deleted, no claim and no pool is left", async () => {
    const space = await namespace("own");
    const names = ["a", "b", "c"];
    const before = puts();
    await Promise.all(names.map((name) => applyIn(space, serving(name, "phi-4-mini-instruct", A100))));
    for (const name of names) await waitForCondition(space, name, "Ready");
    expect(puts() - before).to.equal(3);
    await mustKubectl(["delete", "workspace", "--all", "-n", space, "--wait=false"]);
    await waitFor("nothing to be left", async () => {
      const claims = await readItems("/apis/karpenter.sh/v1/nodeclaims");
      return claims.length === 0 && arm.state().pools.every(({ name }) => name === "system");
    });
  });
});
