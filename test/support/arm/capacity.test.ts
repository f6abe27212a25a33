import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { armUnderTest, codeOf, errorOf, failureOf, LONG_MS, namesOf, pollOf, SIZE, stateOf, stopArms } from "./arm.ts";
import { DEFAULTS } from "./settings.ts";
import type { JsonMap } from "./wire.ts";

const COMPUTE = `/subscriptions/${DEFAULTS.subscription}/providers/Microsoft.Compute`;
const FAMILY = "standardNCADSA100v4Family";
const SPOT = { scaleSetPriority: "Spot" };

describe("fake ARM: quota and stock", () => {
  afterEach(stopArms);

  it("quota of a family, of spot machines and of the region is refused at once, told apart by the text alone", async () => {
    const arm = await armUnderTest({
      quotas: [
        { name: FAMILY, limit: 48, used: 24 },
        { name: "cores", limit: 60, used: 0 },
        { name: "lowPriorityCores", limit: 0 },
      ],
    });
    expect((await arm.put("c1")).status).to.equal(201);
    const family = await arm.put("c2");
    expect([family.status, codeOf(family)]).to.deep.equal([400, "OperationNotAllowed"]);
    expect(errorOf(family).message).to.match(
      /exceeding approved standardNCADSA100v4Family Cores quota.*Current Limit: 48, Current Usage: 48, Additional Required: 24/,
    );
    expect(errorOf(await arm.put("c2", SPOT)).message).to.contain("approved LowPriorityCores quota");
    const region = errorOf(await arm.put("c2", { vmSize: "Standard_NC64as_T4_v3" })).message;
    expect(region)
      .to.contain("exceeding approved Total Regional Cores quota")
      .and.contain("Submit a request for Quota increase");
    expect(namesOf(await arm.list()), "nothing is left behind").to.deep.equal(["system", "c1"]);
    await arm.delete("c1");
    arm.clock.advance(LONG_MS);
    expect((await arm.put("c2")).status, "a deleted pool gives its cores back").to.equal(201);
  });

  it("or later: outer QuotaExceeded, inner OperationNotAllowed, and a Failed pool that stays and counts", async () => {
    const arm = await armUnderTest({ quotas: [{ name: FAMILY, limit: 0 }], quotaRefusal: "async", maxPools: 2 });
    const put = await arm.put("c1");
    expect(put.status).to.equal(201);
    arm.clock.advance(LONG_MS);
    const operation = (await arm.call("GET", pollOf(put))).body;
    expect([operation.status, operation.error?.code, operation.error?.details?.[0]?.code]).to.deep.equal([
      "Failed",
      "QuotaExceeded",
      "OperationNotAllowed",
    ]);
    const pool = await arm.get("c1");
    expect(stateOf(pool)).to.equal("Failed");
    expect(failureOf(pool)).to.deep.equal(operation.error);
    expect((await arm.put("c2")).status, "it counts").to.equal(400);
    arm.configure({ quotas: [] });
    const again = await arm.put("c1");
    expect([again.status, stateOf(again)], "PUT again tries again").to.deep.equal([200, "Creating"]);
    arm.clock.advance(LONG_MS);
    expect(failureOf(await arm.get("c1"))).to.deep.equal({});
  });

  it("errors are nested or flat", async () => {
    const arm = await armUnderTest({ errorShape: "flat", quotas: [{ name: FAMILY, limit: 0 }] });
    const flat = (await arm.put("c1")).body;
    expect([flat.code, flat.error]).to.deep.equal(["OperationNotAllowed", undefined]);
    arm.configure({ errorShape: "nested" });
    const nested = (await arm.put("c1")).body;
    expect([nested.code, nested.error?.code]).to.deep.equal([undefined, "OperationNotAllowed"]);
  });

  it("a zone without stock is ZonalAllocationFailed, a region without AllocationFailed; later by default", async () => {
    const arm = await armUnderTest({
      stock: [
        { vmSize: SIZE, zone: "1", nodes: 1 },
        { vmSize: SIZE, zone: "2", nodes: 0 },
      ],
    });
    expect(stateOf(await arm.settled("c1", { availabilityZones: ["1"] }))).to.equal("Succeeded");
    expect(failureOf(await arm.settled("c2", { availabilityZones: ["1"] })).code).to.equal("ZonalAllocationFailed");
    expect(stateOf(await arm.settled("c3", { availabilityZones: ["3"] })), "no row bounds it").to.equal("Succeeded");
    arm.configure({ stock: [{ vmSize: SIZE, nodes: 2 }], stockRefusal: "sync" });
    const refused = await arm.put("c4");
    expect([refused.status, codeOf(refused)]).to.deep.equal([400, "AllocationFailed"]);
    expect(arm.state().pools.find(({ name }) => name === "c2")?.nodes, "a failed create has no machine").to.deep.equal(
      [],
    );
    arm.configure({ stock: [{ vmSize: SIZE, priority: "Spot", nodes: 0 }] });
    expect(codeOf(await arm.put("c4", SPOT))).to.equal("AllocationFailed");
    expect((await arm.put("c4")).status, "the other way of paying").to.equal(201);
  });

  it("five at once for stock of two: two come, three fail", async () => {
    const arm = await armUnderTest({ stock: [{ vmSize: SIZE, nodes: 2 }] });
    await Promise.all(["a", "b", "c", "d", "e"].map((name) => arm.put(name)));
    arm.clock.advance(LONG_MS);
    const states = (await arm.list()).body.value?.map((body) => body.properties?.["provisioningState"]);
    expect(states?.toSorted()).to.deep.equal(["Failed", "Failed", "Failed", "Succeeded", "Succeeded", "Succeeded"]);
  });

  it("restricted sizes, those not for this subscription, and those nobody knows", async () => {
    const arm = await armUnderTest({
      restrictions: [
        { vmSize: SIZE, priority: "Spot", code: "SkuNotAvailable" },
        { vmSize: "Standard_NC6s_v3", code: "BadRequest" },
        { vmSize: "Standard_NC12s_v3", code: "OverconstrainedAllocationRequest" },
      ],
    });
    expect(codeOf(await arm.put("c1", SPOT))).to.equal("SkuNotAvailable");
    expect(errorOf(await arm.put("c1", { vmSize: "Standard_NC6s_v3" })).message).to.contain(
      "is not supported for subscription",
    );
    expect(codeOf(await arm.put("c1", { vmSize: "Standard_NC12s_v3" }))).to.equal("OverconstrainedAllocationRequest");
    expect(codeOf(await arm.put("c1", { vmSize: "Standard_Nonesuch" }))).to.equal("VMSizeNotSupported");
    expect((await arm.put("c1")).status).to.equal(201);
  });

  it("a capacity reservation has its machines where the region has none", async () => {
    const arm = await armUnderTest({ stock: [{ vmSize: SIZE, nodes: 0 }] });
    const capacityReservationGroupID =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/capacityReservationGroups/r";
    expect(stateOf(await arm.settled("c1", { capacityReservationGroupID }))).to.equal("Succeeded");
  });

  it("usages tell limits and what is used, as late as is set; SKUs tell families, zones and restrictions", async () => {
    const arm = await armUnderTest({
      quotas: [
        { name: FAMILY, limit: 100, used: 4 },
        { name: "cores", limit: 500 },
      ],
      usagesLagMs: 60_000,
    });
    const usages = async () => {
      const { value } = (await arm.call("GET", `${COMPUTE}/locations/eastus/usages`)).body as JsonMap;
      return (value as readonly JsonMap[]).map((one) => [
        (one["name"] as JsonMap)["value"],
        one["currentValue"],
        one["limit"],
      ]);
    };
    await arm.put("c1");
    expect(await usages()).to.deep.equal([
      ["StandardNCADSA100v4Family", 4, 100],
      ["cores", 4, 500],
    ]);
    arm.clock.advance(60_000);
    expect(await usages()).to.deep.equal([
      ["StandardNCADSA100v4Family", 28, 100],
      ["cores", 28, 500],
    ]);
    arm.configure({ restrictions: [{ vmSize: SIZE, code: "SkuNotAvailable" }] });
    const skus = (await arm.call("GET", `${COMPUTE}/skus?$filter=location eq 'eastus'`)).body
      .value as unknown as readonly JsonMap[];
    const sku = skus.find(({ name }) => name === SIZE);
    expect(sku).to.deep.include({ family: FAMILY, locationInfo: [{ location: "eastus", zones: ["1", "2", "3"] }] });
    expect(sku?.["restrictions"]).to.have.nested.property("[0].reasonCode", "NotAvailableForSubscription");
    expect(sku?.["capabilities"]).to.deep.include({ name: "vCPUs", value: "24" });
  });

  it("an eviction takes the machines and leaves the pool", async () => {
    const arm = await armUnderTest();
    await arm.settled("c1", SPOT);
    arm.evict("c1");
    expect(stateOf(await arm.get("c1"))).to.equal("Succeeded");
    expect(arm.state().pools.find(({ name }) => name === "c1")?.nodes).to.deep.equal([]);
  });
});
