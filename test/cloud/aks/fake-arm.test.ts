import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Cloud } from "../../../src/cloud/cloud.ts";
import type { CloudReason } from "../../../src/core/machine/failure.ts";
import { type VirtualClock, virtualClock } from "../../support/arm/clock.ts";
import { type FakeArm, startFakeArm } from "../../support/arm/fake-arm.ts";
import type { TroubleCode } from "../../support/arm/faults.ts";
import { failureOf, NEVER, provider, spec } from "./support/provider.ts";

/** Longer than any operation takes. */
const LONG_MS = 600_000;

describe("machines of AKS, on the fake ARM", () => {
  let arm: FakeArm;
  let clock: VirtualClock;
  let cloud: Cloud;

  beforeEach(async () => {
    clock = virtualClock();
    arm = await startFakeArm({ clock, pageSize: 1 });
    const { subscription, resourceGroup, cluster, region } = arm.settings();
    cloud = provider({
      armEndpoint: arm.url,
      subscriptionId: subscription,
      resourceGroup,
      clusterName: cluster,
      region,
    });
  });
  afterEach(async () => {
    cloud.close();
    await arm.close();
  });

  it("a machine is made, found by its stamp, and goes", async () => {
    const wanted = spec();
    await cloud.create(wanted, NEVER);
    await cloud.create(wanted, NEVER);
    expect((await cloud.get(wanted.name, NEVER))?.state).to.equal("creating");
    clock.advance(LONG_MS);
    const machine = await cloud.get(wanted.name, NEVER);
    expect(machine).to.deep.include({ name: wanted.name, state: "running", instanceType: wanted.instanceType });
    expect(machine?.owner).to.deep.equal(wanted.owner);
    expect((await cloud.list(NEVER)).map(({ name, owner }) => [name, owner?.claim])).to.deep.equal([
      ["system", undefined],
      [wanted.name, wanted.owner.claim],
    ]);
    if (machine !== undefined) await cloud.remove(machine, NEVER);
    expect((await cloud.get(wanted.name, NEVER))?.state).to.equal("deleting");
    clock.advance(LONG_MS);
    expect(await cloud.get(wanted.name, NEVER)).to.equal(undefined);
  });

  const REASONS: readonly (readonly [TroubleCode, CloudReason])[] = [
    ["FamilyQuota", "FamilyQuotaExceeded"],
    ["SpotQuota", "SpotQuotaExceeded"],
    ["RegionQuota", "RegionQuotaExceeded"],
    ["SkuNotAvailable", "SizeNotAvailable"],
    ["VMSizeNotSupported", "SizeNotSupported"],
    ["BadRequest", "SizeNotSupported"],
    ["ZonalAllocationFailed", "ZonalAllocationFailed"],
    ["OverconstrainedZonalAllocationRequest", "ZonalAllocationFailed"],
    ["AllocationFailed", "AllocationFailed"],
    ["OverconstrainedAllocationRequest", "OverconstrainedAllocation"],
    ["Busy", "OperationInProgress"],
    ["Overridden", "OperationInProgress"],
  ];
  for (const [code, reason] of REASONS) {
    it(`${code} is ${reason}, at once in both shapes and as a Failed pool`, async () => {
      for (const shape of ["nested", "flat"] as const) {
        arm.script({ match: { call: "put" }, times: 1, effect: { kind: "refuse", code, shape } });
        expect((await failureOf(cloud.create(spec(), NEVER))).reason, shape).to.equal(reason);
        arm.clearFaults();
      }
      arm.script({ match: { call: "put" }, times: 1, effect: { kind: "refuse", code, later: true } });
      await cloud.create(spec(), NEVER);
      clock.advance(LONG_MS);
      const machine = await cloud.get(spec().name, NEVER);
      expect([machine?.state, machine?.failure?.reason]).to.deep.equal(["failed", reason]);
    });
  }

  it("the limit of pools, a stopped cluster, and a throttle without Retry-After", async () => {
    arm.configure({ maxPools: 1 });
    expect((await failureOf(cloud.create(spec(), NEVER))).reason).to.equal("PoolLimitReached");
    arm.configure({ maxPools: 100 });
    arm.stopCluster();
    expect((await failureOf(cloud.create(spec(), NEVER))).reason).to.equal("Unavailable");
    arm.startCluster();
    arm.script({ match: { call: "put" }, times: 1, effect: { kind: "throttle" } });
    const throttled = await failureOf(cloud.create(spec(), NEVER));
    expect(throttled.reason).to.equal("Throttled");
    // The text says 30 s; clients spread themselves after that.
    expect(throttled.retryAfterMs).to.be.within(30_000, 60_000);
  });
});
