import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { VirtualClock } from "../../kube/support/virtual-clock.ts";
import { type Answer, type ArmServer, type Asked, armServer } from "./support/arm-server.ts";
import { COMPUTE, failureOf, NEVER, provider } from "./support/provider.ts";

const A100 = { resourceType: "virtualMachines", name: "Standard_NC24ads_A100_v4", family: "StandardNCADSA100v4Family" };
const T4 = { resourceType: "virtualMachines", name: "Standard_NC4as_T4_v3", family: "Standard NCASv3_T4 Family" };
const SKUS = [
  A100,
  T4,
  { resourceType: "virtualMachines", name: "Standard_New", family: "familyNobodyKnows" },
  { resourceType: "disks", name: "Premium_LRS", family: "standardNCADSA100v4Family" },
  { resourceType: "virtualMachines", name: "Standard_Odd" },
];
const USAGES = [
  { name: { value: "cores", localizedValue: "Total Regional vCPUs" }, limit: 100, currentValue: 90 },
  { name: { value: "standardNCADSA100v4Family" }, limit: 96, currentValue: 72 },
  { name: { value: "Standard NCASv3_T4 Family" }, limit: 8, currentValue: 4 },
  { name: { value: "lowPriorityCores" }, limit: 24, currentValue: 8 },
  { name: { value: "availabilitySets" }, limit: 2500, currentValue: 0 },
  "odd",
];

describe("quotas of AKS's machines", () => {
  let arm: ArmServer;
  let time: VirtualClock;
  beforeEach(async () => {
    arm = await armServer();
    time = new VirtualClock();
  });
  afterEach(() => arm.close());

  const compute = ({ path, query }: Asked): Answer => {
    if (path === `${COMPUTE}/locations/eastus/usages`) return { status: 200, body: { value: USAGES } };
    if (path !== `${COMPUTE}/skus` || query.get("$filter") !== "location eq 'eastus'") return { status: 400 };
    const second = query.has("page");
    const nextLink = `${arm.origin}${COMPUTE}/skus?api-version=2021-07-01&$filter=location%20eq%20'eastus'&page=2`;
    return { status: 200, body: second ? { value: SKUS.slice(1) } : { value: SKUS.slice(0, 1), nextLink } };
  };

  it("are those that bound each size: of its family, or of the region where that has less room; and that of spot", async () => {
    const cloud = provider({ armEndpoint: arm.origin }, time.view());
    arm.answer = compute;
    expect([...(await cloud.quotas(NEVER))]).to.deep.equal([
      ["spot", { name: "lowPriorityCores", limitCores: 24, usedCores: 8 }],
      [A100.name, { name: "cores", limitCores: 100, usedCores: 90 }],
      [T4.name, { name: "Standard NCASv3_T4 Family", limitCores: 8, usedCores: 4 }],
    ]);
    cloud.close();
  });

  it("are read every ten minutes, which sizes are in which family each day", async () => {
    const cloud = provider({ armEndpoint: arm.origin }, time.view());
    arm.answer = compute;
    const asked = async (): Promise<readonly string[]> => {
      arm.asked.length = 0;
      await cloud.quotas(NEVER);
      return arm.calls();
    };
    expect(await asked()).to.deep.equal(["GET usages", "GET skus", "GET skus"]);
    await time.advance(599_000, undefined, 60_000);
    expect(await asked()).to.deep.equal([]);
    await time.advance(1000);
    expect(await asked()).to.deep.equal(["GET usages"]);
    await time.advance(86_400_000, undefined, 3_600_000);
    expect(await asked()).to.deep.equal(["GET usages", "GET skus", "GET skus"]);
    cloud.close();
  });

  it("are none where we may not read them, and that is remembered as long", async () => {
    for (const status of [401, 403, 404]) {
      const cloud = provider({ armEndpoint: arm.origin }, time.view());
      arm.asked.length = 0;
      arm.answer = () => ({ status, body: { error: { code: "AuthorizationFailed", message: "no" } } });
      expect((await cloud.quotas(NEVER)).size).to.equal(0);
      expect((await cloud.quotas(NEVER)).size).to.equal(0);
      expect(arm.asked).to.have.length(1);
      cloud.close();
    }
  });

  it("that are throttled do not hold up the pools", async () => {
    const cloud = provider({ armEndpoint: arm.origin }, time.view());
    arm.answer = ({ path }) =>
      path.startsWith(COMPUTE)
        ? { status: 429, headers: { "retry-after": "300" }, body: { code: "OperationNotAllowed", message: "x" } }
        : { status: 200, body: { value: [] } };
    expect((await failureOf(cloud.quotas(NEVER))).reason).to.equal("Throttled");
    expect(await cloud.list(NEVER)).to.deep.equal([]);
    cloud.close();
  });

  it("that cannot be read at the moment are an error, not none, and are asked for again after a minute", async () => {
    const cloud = provider({ armEndpoint: arm.origin }, time.view());
    for (const answer of [
      { status: 500, body: { error: { code: "InternalServerError", message: "no" } } },
      { status: 200, body: {} },
      { status: 200, body: { value: [], nextLink: "https://example.com/" } },
    ]) {
      arm.answer = () => answer;
      arm.asked.length = 0;
      for (let i = 0; i < 3; i++) expect((await failureOf(cloud.quotas(NEVER))).reason).to.equal("Unavailable");
      expect(arm.asked).to.have.length(1);
      await time.advance(60_000, undefined, 10_000);
    }
    arm.answer = compute;
    expect((await cloud.quotas(NEVER)).size).to.equal(3);
    cloud.close();
  });
});
