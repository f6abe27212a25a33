import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { armUnderTest, codeOf, LONG_MS, namesOf, pollOf, SIZE, stateOf, stopArms } from "./arm.ts";
import { clusterPath, DEFAULTS } from "./settings.ts";

const POOLS = `${clusterPath(DEFAULTS)}/agentPools`;

describe("fake ARM: the life of a pool", () => {
  afterEach(stopArms);

  it("PUT answers 201 with Azure-AsyncOperation at its own base; polls say InProgress, then Succeeded", async () => {
    const arm = await armUnderTest({ retryAfterSeconds: 5 });
    const put = await arm.put("c1", { nodeLabels: { a: "b" }, tags: { "Some Tag:x": "Value" } });
    expect(put.status).to.equal(201);
    expect(stateOf(put)).to.equal("Creating");
    expect(put.body.id).to.equal(`${POOLS}/c1`);
    expect(pollOf(put)).to.match(
      new RegExp(`^${arm.url}/subscriptions/.*/locations/eastus/operations/.*api-version=2016-03-30$`),
    );
    const first = await arm.call("GET", pollOf(put));
    expect([first.status, first.body.status, first.headers.get("retry-after")]).to.deep.equal([200, "InProgress", "5"]);
    expect(first.body.endTime).to.equal(undefined);
    arm.clock.advance(LONG_MS);
    const last = await arm.call("GET", pollOf(put));
    expect(last.body.status).to.equal("Succeeded");
    expect(Date.parse(last.body.endTime ?? "") - Date.parse(last.body.startTime ?? "")).to.equal(DEFAULTS.createMs);
    const pool = await arm.get("c1");
    expect([pool.status, stateOf(pool)]).to.deep.equal([200, "Succeeded"]);
    expect(pool.body.properties?.["tags"], "kept verbatim").to.deep.equal({ "Some Tag:x": "Value" });
    expect(pool.body.properties).to.deep.include({
      vmSize: SIZE,
      type: "VirtualMachineScaleSets",
      count: 1,
      mode: "User",
    });
  });

  it("Location mode: 202 until the result is there", async () => {
    const arm = await armUnderTest({ lro: "location" });
    const put = await arm.put("c1");
    expect([put.status, put.headers.get("azure-asyncoperation")]).to.deep.equal([202, null]);
    const location = put.headers.get("location") ?? "";
    expect((await arm.call("GET", location)).status).to.equal(202);
    arm.clock.advance(LONG_MS);
    const result = await arm.call("GET", location);
    expect([result.status, result.body.name]).to.deep.equal([200, "c1"]);
  });

  it("body mode: no header, only provisioningState tells", async () => {
    const arm = await armUnderTest({ lro: "body" });
    const put = await arm.put("c1");
    expect([put.status, put.headers.get("location"), pollOf(put)]).to.deep.equal([201, null, ""]);
    expect(stateOf(await arm.get("c1"))).to.equal("Creating");
    arm.clock.advance(LONG_MS);
    expect(stateOf(await arm.get("c1"))).to.equal("Succeeded");
  });

  it("DELETE answers 202, the pool is Deleting and then gone; what is not there gives 204, or 404", async () => {
    const arm = await armUnderTest();
    await arm.settled("c1");
    const deleted = await arm.delete("c1");
    expect(deleted.status).to.equal(202);
    expect(stateOf(await arm.get("c1"))).to.equal("Deleting");
    expect(pollOf(await arm.delete("c1")), "again: the same operation").to.equal(pollOf(deleted));
    expect((await arm.put("c1")).status, "no new pool while the old one goes").to.equal(409);
    arm.clock.advance(LONG_MS);
    expect(codeOf(await arm.get("c1"))).to.equal("NotFound");
    expect((await arm.call("GET", pollOf(deleted))).body.status).to.equal("Succeeded");
    expect((await arm.delete("c1")).status).to.equal(204);
    arm.configure({ missingDelete: 404 });
    expect((await arm.delete("c1")).status).to.equal(404);
  });

  it("a slow create goes on whoever comes and goes: its operation and its pool are found by a new client", async () => {
    const arm = await armUnderTest({ createMs: 20 * 60_000 });
    const poll = pollOf(await arm.put("c1"));
    arm.clock.advance(19 * 60_000);
    expect(stateOf(await arm.get("c1"))).to.equal("Creating");
    const again = await arm.put("c1");
    expect([again.status, pollOf(again)], "the same body again is the same operation").to.deep.equal([200, poll]);
    arm.clock.advance(60_000);
    expect(stateOf(await arm.get("c1"))).to.equal("Succeeded");
    expect(arm.state().operations).to.have.length(1);
  });

  it("while it is being created another body is refused as busy, the same one too if it is set so", async () => {
    const arm = await armUnderTest();
    await arm.put("c1");
    const other = await arm.put("c1", { count: 2 });
    expect([other.status, codeOf(other)]).to.deep.equal([409, "OperationNotAllowed"]);
    expect(other.body.error?.message).to.contain("in progress");
    arm.configure({ repeatedPut: "conflict" });
    expect((await arm.put("c1")).status).to.equal(409);
  });

  it("DELETE of a pool that is being created cancels the create, or is refused as busy", async () => {
    const arm = await armUnderTest({ deleteWhileCreating: "conflict" });
    const poll = pollOf(await arm.put("c1"));
    expect((await arm.delete("c1")).status).to.equal(409);
    arm.configure({ deleteWhileCreating: "cancels" });
    expect((await arm.delete("c1")).status).to.equal(202);
    const cancelled = (await arm.call("GET", poll)).body;
    expect(cancelled.status).to.equal("Canceled");
    expect(cancelled.error?.message).to.contain("overriden and canceled by a later operation");
    arm.clock.advance(LONG_MS);
    expect((await arm.get("c1")).status).to.equal(404);
  });

  it("an update of what may change is Updating, of the count Scaling; of the rest PropertyChangeNotAllowed", async () => {
    const arm = await armUnderTest();
    await arm.settled("c1", { availabilityZones: ["1"] });
    expect(
      (await arm.put("c1", { availabilityZones: ["1"] })).headers.get("azure-asyncoperation"),
      "nothing to do",
    ).to.equal(null);
    const updated = await arm.put("c1", { nodeLabels: { a: "b" } });
    expect([updated.status, stateOf(updated)], "what is left out stays").to.deep.equal([200, "Updating"]);
    arm.clock.advance(LONG_MS);
    expect(stateOf(await arm.put("c1", { count: 3, nodeLabels: { a: "b" } }))).to.equal("Scaling");
    arm.clock.advance(LONG_MS);
    const changes = [
      { vmSize: "Standard_NC48ads_A100_v4" },
      { availabilityZones: ["2"] },
      { scaleSetPriority: "Spot" },
      { osDiskSizeGB: 9 },
    ];
    for (const change of changes) {
      const refused = await arm.put("c1", change);
      expect([refused.status, codeOf(refused)], JSON.stringify(change)).to.deep.equal([
        400,
        "PropertyChangeNotAllowed",
      ]);
      expect(refused.body.error?.target).to.equal(`properties.${Object.keys(change)[0]}`);
    }
    expect((await arm.get("c1")).body.properties).to.deep.include({ vmSize: SIZE, count: 3 });
  });

  it("what is read-only is ignored", async () => {
    const arm = await armUnderTest();
    const put = await arm.put("c1", { provisioningState: "Succeeded", eTag: "mine", nodeImageVersion: "mine" });
    expect(stateOf(put)).to.equal("Creating");
    expect(put.body.properties?.["eTag"]).not.to.equal("mine");
    expect(put.body.properties?.["nodeImageVersion"]).not.to.equal("mine");
  });

  it("If-None-Match: * and If-Match with an old eTag lose with 412", async () => {
    const arm = await armUnderTest();
    const created = await arm.put("c1", {}, { "if-none-match": "*" });
    expect(created.status).to.equal(201);
    expect((await arm.put("c1", {}, { "if-none-match": "*" })).status).to.equal(412);
    arm.clock.advance(LONG_MS);
    const old = String(created.body.properties?.["eTag"]);
    const now = String((await arm.get("c1")).body.properties?.["eTag"]);
    expect(now).not.to.equal(old);
    expect((await arm.delete("c1", { "if-match": old })).status).to.equal(412);
    expect((await arm.put("c1", { count: 2 }, { "if-match": old })).status).to.equal(412);
    expect((await arm.put("c2", {}, { "if-match": now })).status).to.equal(412);
    expect(stateOf(await arm.get("c1"))).to.equal("Succeeded");
    expect((await arm.delete("c1", { "if-match": now })).status).to.equal(202);
  });

  it("a list has pages with an absolute nextLink", async () => {
    const arm = await armUnderTest({ pageSize: 2 });
    for (const name of ["c1", "c2", "c3", "c4"]) arm.portalPut(name, { properties: { vmSize: SIZE } });
    const first = await arm.list();
    expect(namesOf(first)).to.deep.equal(["system", "c1"]);
    expect(first.body.nextLink).to.match(new RegExp(`^${arm.url}/`));
    const second = await arm.call("GET", first.body.nextLink ?? "");
    const third = await arm.call("GET", second.body.nextLink ?? "");
    expect([namesOf(second), namesOf(third), third.body.nextLink]).to.deep.equal([["c2", "c3"], ["c4"], undefined]);
  });

  it("pools come and go in the portal; foreign ones are as they were made", async () => {
    const arm = await armUnderTest();
    arm.portalPut("theirs", { properties: { vmSize: SIZE, tags: { owner: "them" } } });
    expect((await arm.get("theirs")).body.properties?.["tags"]).to.deep.equal({ owner: "them" });
    arm.portalPut("odd", { properties: { vmSize: SIZE } }, "UpgradingNodeImageVersion");
    expect(stateOf(await arm.get("odd"))).to.equal("UpgradingNodeImageVersion");
    arm.portalDelete("theirs");
    expect(namesOf(await arm.list())).to.deep.equal(["system", "odd"]);
    expect(
      arm.calls().map(({ call }) => call),
      "what the portal does is no call",
    ).to.deep.equal(["get", "get", "list"]);
  });

  it("a stopped cluster has stopped pools without machines, keeps them, and takes no change", async () => {
    const arm = await armUnderTest();
    await arm.settled("c1");
    expect(arm.state().pools.flatMap(({ nodes }) => nodes)).to.have.length(2);
    arm.stopCluster();
    expect((await arm.get("c1")).body.properties?.["powerState"]).to.deep.equal({ code: "Stopped" });
    expect(namesOf(await arm.list())).to.deep.equal(["system", "c1"]);
    expect(arm.state().pools.flatMap(({ nodes }) => nodes)).to.deep.equal([]);
    expect(codeOf(await arm.put("c2"))).to.equal("OperationNotAllowed");
    expect(codeOf(await arm.delete("c1"))).to.equal("OperationNotAllowed");
    const cluster = (await arm.call("GET", clusterPath(DEFAULTS))).body;
    expect(cluster.properties?.["powerState"]).to.deep.equal({ code: "Stopped" });
    arm.startCluster();
    expect((await arm.get("c1")).body.properties?.["powerState"]).to.deep.equal({ code: "Running" });
    expect(arm.state().pools.flatMap(({ nodes }) => nodes)).to.have.length(2);
  });
});
