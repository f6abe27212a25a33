import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { createAks } from "../../src/cloud/aks/aks.ts";
import type { Cloud } from "../../src/cloud/cloud.ts";
import { cloudFacts } from "../../src/doctor/cloud.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { type FakeArm, startFakeArm } from "../support/arm/fake-arm.ts";

describe("what doctor asks of Azure", () => {
  let arm: FakeArm;
  let cloud: Cloud;
  beforeEach(async () => {
    arm = await startFakeArm({ quotas: [{ name: "StandardNCADSA100v4Family", limit: 100, used: 40 }] });
    const { subscription, resourceGroup, cluster, region } = arm.settings();
    cloud = createAks(
      {
        ...{ subscriptionId: subscription, resourceGroup, clusterName: cluster, region, armEndpoint: arm.url },
        ...{ azureCloud: "public", identity: "auto", upgradeInPlace: false, tags: {}, clusterIdentity: "doctor" },
      },
      { clock: systemClock, environment: {}, userAgent: "test" },
    );
  });
  afterEach(async () => {
    cloud.close();
    await arm.close();
  });
  const refusal = { kind: "answer", status: 403, error: { code: "AuthorizationFailed", message: "no right" } } as const;

  it("is how many pools there are and what is left of quotas, by reading alone", async () => {
    const { machines, quotas } = await cloudFacts(cloud, AbortSignal.timeout(10_000));
    expect(machines).to.deep.equal({ kind: "read", value: 1 });
    const read = quotas.kind === "read" ? quotas.value.get("Standard_NC24ads_A100_v4") : undefined;
    expect(read).to.include({ limitCores: 100, usedCores: 40 });
    expect(arm.calls().every(({ method }) => method === "GET")).to.equal(true);
  });

  it("is a right that is missing, or an error, in the cloud's words", async () => {
    arm.script({ match: { call: ["list", "usages"] }, effect: refusal });
    const denied = await cloudFacts(cloud, AbortSignal.timeout(10_000));
    expect(denied.machines.kind).to.equal("forbidden");
    expect(JSON.stringify(denied.machines)).to.contain("no right");
    // Without that right the provider itself goes on without quotas.
    expect(denied.quotas).to.deep.equal({ kind: "read", value: new Map() });
  });

  it("ends in time where Azure gives no answer", async () => {
    arm.script({ match: { call: ["list", "usages"] }, effect: { kind: "hang" } });
    const none = await cloudFacts(cloud, AbortSignal.timeout(300));
    expect(none.machines).to.deep.equal({ kind: "failed", message: "the cloud gave no answer in time" });
  });
});
