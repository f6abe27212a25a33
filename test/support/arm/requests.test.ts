import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { armUnderTest, codeOf, LONG_MS, namesOf, SIZE, stateOf, stopArms } from "./arm.ts";
import { clusterPath, DEFAULTS } from "./settings.ts";

const POOLS = `${clusterPath(DEFAULTS)}/agentPools`;

describe("fake ARM: what it refuses", () => {
  afterEach(stopArms);

  it("401 without a bearer token or with another one, 400 without an api-version", async () => {
    const arm = await armUnderTest({ token: "secret" });
    const plain = await fetch(`${arm.url}${POOLS}?api-version=2026-06-01`);
    expect([plain.status, plain.headers.get("www-authenticate")]).to.deep.equal([401, "Bearer"]);
    expect((await arm.list()).status).to.equal(401);
    const given = { authorization: "Bearer secret" };
    expect((await arm.call("GET", POOLS, undefined, given)).status).to.equal(200);
    const bare = await fetch(arm.url + POOLS, { headers: given });
    expect([bare.status, await bare.json()]).to.have.nested.property("[1].error.code", "MissingApiVersionParameter");
    expect(bare.status).to.equal(400);
  });

  it("404 for another subscription, group or cluster; paths are compared without case", async () => {
    const arm = await armUnderTest();
    const codes = async (change: Partial<typeof DEFAULTS>) => {
      const answer = await arm.call("GET", `${clusterPath({ ...DEFAULTS, ...change })}/agentPools`);
      return [answer.status, codeOf(answer)];
    };
    expect(await codes({ subscription: "other" })).to.deep.equal([404, "SubscriptionNotFound"]);
    expect(await codes({ resourceGroup: "other" })).to.deep.equal([404, "ResourceGroupNotFound"]);
    expect(await codes({ cluster: "other" })).to.deep.equal([404, "ResourceNotFound"]);
    expect(await codes({ cluster: "AKS", resourceGroup: "RG" })).to.deep.equal([200, undefined]);
    expect((await arm.call("POST", `${POOLS}/c1`)).status).to.equal(405);
  });

  it("403 for calls the identity has no right to", async () => {
    const arm = await armUnderTest({ forbidden: ["usages", "operation"] });
    const usages = `/subscriptions/${DEFAULTS.subscription}/providers/Microsoft.Compute/locations/eastus/usages`;
    const refused = await arm.call("GET", usages);
    expect([refused.status, codeOf(refused)]).to.deep.equal([403, "AuthorizationFailed"]);
    expect((await arm.list()).status).to.equal(200);
  });

  it("names that break the rule", async () => {
    const arm = await armUnderTest();
    for (const name of ["C1", "1c", "c-1", "c123456789012", "c_1"]) {
      const refused = await arm.put(name);
      expect([refused.status, codeOf(refused)], name).to.deep.equal([400, "InvalidParameter"]);
    }
    expect((await arm.put("c12345678901")).status).to.equal(201);
  });

  it("bodies that are wrong, with the property as target", async () => {
    const arm = await armUnderTest();
    const wrong: readonly (readonly [object, string])[] = [
      [{ vmSize: "" }, "properties.vmSize"],
      [{ count: -1 }, "properties.count"],
      [{ count: 1001 }, "properties.count"],
      [{ typePropertiesType: "VirtualMachineScaleSets" }, "properties.typePropertiesType"],
      [{ mode: "user" }, "properties.mode"],
      [{ osSKU: "Debian" }, "properties.osSKU"],
      [{ gpuInstanceProfile: "1g.10gb" }, "properties.gpuInstanceProfile"],
      [{ availabilityZones: ["4"] }, "properties.availabilityZones"],
      [{ availabilityZones: ["eastus-1"] }, "properties.availabilityZones"],
      [{ spotMaxPrice: -1 }, "properties.spotMaxPrice"],
      [{ tags: { a: 1 } }, "properties.tags"],
      [{ tags: { "a/b": "c" } }, "properties.tags"],
      [{ tags: { a: "x".repeat(257) } }, "properties.tags"],
      [{ tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ""])) }, "properties.tags"],
    ];
    for (const [properties, target] of wrong) {
      const refused = await arm.put("c1", properties);
      expect([refused.status, refused.body.error?.target], target).to.deep.equal([400, target]);
    }
    const broken = await fetch(`${arm.url}${POOLS}/c1?api-version=2026-06-01`, {
      method: "PUT",
      headers: { authorization: "Bearer token" },
      body: "{",
    });
    expect(broken.status).to.equal(400);
    const outside = { properties: { vmSize: SIZE }, tags: { a: "b" } };
    expect((await arm.call("PUT", `${POOLS}/c1`, outside)).body.error?.target).to.equal("tags");
    expect(namesOf(await arm.list())).to.deep.equal(["system"]);
  });

  it("labels and taints of domains that are AKS's or Kubernetes's", async () => {
    const arm = await armUnderTest();
    const keys = [
      "kubernetes.azure.com/x",
      "agentpool",
      "accelerator",
      "storageprofile",
      "storagetier",
      "kubernetes.io/hostname",
    ];
    for (const key of [
      ...keys,
      "topology.kubernetes.io/zone",
      "node.kubernetes.io/instance-type",
      "x.k8s.io/y",
      "kubernetes.io/z",
    ]) {
      const refused = await arm.put("c1", { nodeLabels: { [key]: "v" } });
      expect([refused.status, refused.body.error?.target], key).to.deep.equal([400, "properties.nodeLabels"]);
    }
    const values = [{ a: "x".repeat(64) }, { a: "x y" }, { a: 1 }, { "a/b/c": "d" }];
    for (const nodeLabels of values) expect((await arm.put("c1", { nodeLabels })).status).to.equal(400);
    for (const taint of ["sku=gpu", "sku=gpu:Never", "kubernetes.azure.com/x=y:NoSchedule", "sku:NoSchedule"]) {
      const refused = await arm.put("c1", { nodeTaints: [taint] });
      expect([refused.status, refused.body.error?.target], taint).to.deep.equal([400, "properties.nodeTaints"]);
    }
    const allowed = {
      nodeLabels: { "foresail.dev/workspace": "w", "karpenter.sh/nodepool": "", "node.kubernetes.io/own": "x" },
      nodeTaints: ["sku=gpu:NoSchedule"],
    };
    const put = await arm.put("c1", allowed);
    expect(put.status).to.equal(201);
    expect(put.body.properties).to.deep.include(allowed);
  });

  it("spot pools get label and taint from AKS, and only they may state them", async () => {
    const arm = await armUnderTest();
    const key = "kubernetes.azure.com/scalesetpriority";
    const marks = { nodeLabels: { [key]: "spot" }, nodeTaints: [`${key}=spot:NoSchedule`] };
    expect((await arm.put("c1", marks)).status).to.equal(400);
    const put = await arm.put("c1", { scaleSetPriority: "Spot", nodeTaints: ["sku=gpu:NoSchedule"] });
    expect(put.body.properties).to.deep.include({
      nodeLabels: { [key]: "spot" },
      nodeTaints: ["sku=gpu:NoSchedule", `${key}=spot:NoSchedule`],
      scaleSetEvictionPolicy: "Delete",
      spotMaxPrice: -1,
    });
    expect((await arm.put("c2", { scaleSetPriority: "Spot", ...marks })).body.properties).to.deep.include(marks);
  });

  it("the 101st pool, and Failed ones count; more nodes than a cluster may have", async () => {
    const arm = await armUnderTest({ maxNodes: 101 });
    for (let i = 0; i < 98; i++) arm.portalPut(`c${i}`, { properties: { vmSize: SIZE } });
    arm.portalPut("failed", { properties: { vmSize: SIZE } }, "Failed");
    const refused = await arm.put("onemore");
    expect([refused.status, codeOf(refused)]).to.deep.equal([400, "OperationNotAllowed"]);
    expect(refused.body.error?.message).to.contain("must not exceed 100");
    await arm.delete("failed");
    arm.clock.advance(LONG_MS);
    expect((await arm.put("onemore", { count: 3 })).body.error?.message).to.contain("must not exceed 101");
    expect((await arm.put("onemore")).status).to.equal(201);
  });

  it("the last system pool cannot go", async () => {
    const arm = await armUnderTest();
    expect((await arm.delete("system")).status).to.equal(400);
    arm.portalPut("second", { properties: { vmSize: "Standard_D4s_v5", mode: "System" } });
    expect((await arm.delete("system")).status).to.equal(202);
  });

  it("more operations at once than are allowed", async () => {
    const arm = await armUnderTest({ parallelOperations: 1 });
    await arm.put("c1");
    const refused = await arm.put("c2");
    expect([refused.status, codeOf(refused)]).to.deep.equal([409, "OperationNotAllowed"]);
    expect(refused.body.error?.message).to.match(/in progress .* pool 'c1'.*aks-pending-operation/);
    arm.clock.advance(LONG_MS);
    expect(stateOf(await arm.put("c2"))).to.equal("Creating");
  });
});
