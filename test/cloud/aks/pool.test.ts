import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Cloud } from "../../../src/cloud/cloud.ts";
import type { Machine } from "../../../src/core/machine/machine.ts";
import { type ArmServer, armServer } from "./support/arm-server.ts";
import { CLUSTER, NEVER, pool, provider } from "./support/provider.ts";

describe("a pool read as a machine", () => {
  let arm: ArmServer;
  let cloud: Cloud;
  beforeEach(async () => {
    arm = await armServer();
    cloud = provider({ armEndpoint: arm.origin });
  });
  afterEach(async () => {
    cloud.close();
    await arm.close();
  });

  async function read(properties: Record<string, unknown>): Promise<Machine> {
    arm.answer = () => ({ status: 200, body: pool(properties) });
    const machine = await cloud.get("caaaaaaaaaaa", NEVER);
    return machine ?? expect.fail("no machine");
  }

  it("tells all that is known of it", async () => {
    const owner = { cluster: CLUSTER, claim: "caaaaaaaaaaa", claimUid: "uid-1", createdMs: Date.UTC(2026, 10, 28, 12) };
    const versions = { nodeImageVersion: "AKSUbuntu-2204gen2-202611.01.0", currentOrchestratorVersion: "1.34.1" };
    expect(await read({ availabilityZones: ["2"], scaleSetPriority: "Spot", ...versions })).to.deep.equal({
      name: "caaaaaaaaaaa",
      state: "running",
      owner,
      instanceType: "Standard_NC24ads_A100_v4",
      capacityType: "spot",
      zone: "eastus-2",
      imageVersion: "AKSUbuntu-2204gen2-202611.01.0",
      kubernetesVersion: "1.34.1",
      etag: "e1",
    });
    expect((await read({ capacityReservationGroupID: "/x" })).capacityType).to.equal("reserved");
    expect((await read({ scaleSetPriority: "Regular" })).capacityType).to.equal("on-demand");
    expect((await read({ availabilityZones: ["1", "2"] })).zone).to.equal(undefined);
  });

  for (const [provisioningState, power, state] of [
    ["Creating", "Running", "creating"],
    ["CREATING", "Running", "creating"],
    ["Updating", "Running", "creating"],
    ["UpgradingNodeImageVersion", "Running", "creating"],
    ["Starting", "Running", "creating"],
    ["Canceling", "Running", "creating"],
    ["NeverSeenBefore", "Running", "creating"],
    [undefined, undefined, "creating"],
    ["Succeeded", undefined, "running"],
    ["succeeded", "Running", "running"],
    ["Succeeded", "Stopped", "stopped"],
    ["Stopping", "Running", "stopped"],
    ["Failed", "Stopped", "stopped"],
    ["Failed", "Running", "failed"],
    ["Canceled", "Running", "failed"],
    ["Deleting", "Running", "deleting"],
    ["deleting", "Stopped", "deleting"],
  ] as const) {
    it(`in state ${provisioningState}, power ${power}: ${state}`, async () => {
      const powerState = power === undefined ? undefined : { code: power };
      expect((await read({ provisioningState, powerState })).state).to.equal(state);
    });
  }

  it("tells why it failed, also from what lies inside", async () => {
    const details = [{ code: "OperationNotAllowed", message: "exceeding approved LowPriorityCores quota. Limit: 0" }];
    const provisioningError = { code: "QuotaExceeded", message: "See details.", target: "pool", details };
    const machine = await read({ provisioningState: "Failed", status: { provisioningError } });
    expect(machine.failure).to.deep.equal({
      reason: "SpotQuotaExceeded",
      message: `QuotaExceeded: See details.; OperationNotAllowed: ${details[0]?.message}`,
      quota: { name: "lowPriorityCores", limitCores: 0, usedCores: 0 },
    });
    expect((await read({ provisioningState: "Failed" })).failure?.reason).to.equal("Unavailable");
    expect((await read({ provisioningState: "Canceled" })).failure?.reason).to.equal("OperationInProgress");
  });

  it("is ours by a whole stamp of this cluster only, whatever the case of its names", async () => {
    const { tags } = pool()["properties"] as { tags: Record<string, string> };
    const upper = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toUpperCase(), value]));
    expect((await read({ tags: upper })).owner?.claimUid).to.equal("uid-1");
    for (const missing of Object.keys(tags)) {
      const rest = Object.fromEntries(Object.entries(tags).filter(([name]) => name !== missing));
      expect((await read({ tags: rest })).owner, missing).to.equal(undefined);
    }
    expect((await read({ tags: { ...tags, "foresail-cluster": "another" } })).owner).to.equal(undefined);
    expect((await read({ tags: { ...tags, "foresail-created-at": "yesterday" } })).owner).to.equal(undefined);
    expect((await read({ tags: undefined })).owner).to.equal(undefined);
  });
});
