import { expect } from "chai";
import { after, before, it } from "mocha";
import { applyIn, mustGetWorkspace, waitForCondition, waitForReason } from "../e2e/workspaces.ts";
import { AKS_NODE_CLASS, type Aks, startAks } from "../support/aks.ts";
import { describeWith, namespace, waitFor } from "../support/cluster.ts";
import { type Foresail, startForesail } from "../support/foresail.ts";
import { asked, claimsOf, isReadyAndGoes, own } from "./owned.ts";

const EIGHT_A100 = "Standard_ND96asr_v4";
const FAMILY = "standardNDASv4_A100Family";
const H100 = "Standard_NC40ads_H100_v5";

describeWith(["scheduler", "controllerManager", "kwok"], "quotas that are read of the cloud", function () {
  this.timeout(120_000);
  let aks: Aks;
  let foresail: Foresail;

  before(async () => {
    aks = await startAks({ quotas: [{ name: FAMILY, limit: 100, used: 50 }] });
    const nodeClass = Object.values(AKS_NODE_CLASS).join("/");
    foresail = await startForesail({ nodeClass, args: aks.args });
    await waitFor("the quotas to be read", () => read() === 1);
  });
  after(async () => {
    await foresail.stop();
    await aks.stop();
  });

  const read = (): number => aks.arm.calls().filter(({ call, status }) => call === "usages" && status === 200).length;

  it("QuotaExceeded without a request for a pool; it runs when a process reads more", async () => {
    const [space, other] = [await namespace("read"), await namespace("unbounded")];
    await applyIn(space, own(EIGHT_A100));
    const told = await waitForReason(space, "m", "Reconciling", "QuotaExceeded", "StandardNDASv4_A100Family");
    expect(told.message).to.contain(
      `${EIGHT_A100} (on-demand) needs 96 cores, and 50 of 100 cores of quota StandardNDASv4_A100Family are used: 46 too few`,
    );
    // What no quota bounds is bought meanwhile; it has its node when whoever waits has been looked at many times.
    await applyIn(other, own(H100));
    await waitForCondition(other, "m", "Ready");
    expect(await asked(aks.arm, space)).to.deep.equal([]);
    expect(await claimsOf(space)).to.deep.equal([]);
    expect((await mustGetWorkspace(space, "m")).status?.attempts ?? []).to.deep.equal([]);
    // Read by who begins to lead, and then every ten minutes (test/reconciler/machines/quotas.test.ts).
    aks.arm.configure({ quotas: [{ name: FAMILY, limit: 146, used: 50 }] });
    await foresail.reconciler.stop();
    await foresail.reconciler.start();
    await isReadyAndGoes(space);
    await isReadyAndGoes(other);
    expect(await asked(aks.arm, space)).to.deep.equal([EIGHT_A100]);
    expect(read()).to.equal(2);
  });
});
