import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { claimFacts } from "../../../src/core/machine/claim-facts.ts";
import { A100, claim, kinds, only, planned, requirement, told, withRequirements, world } from "./facts.ts";

const TYPE = "node.kubernetes.io/instance-type";
const PAID = "karpenter.sh/capacity-type";
const ZONE = "topology.kubernetes.io/zone";
const size = requirement(TYPE, "In", A100);

function specOf(made: JsonObject) {
  return only(planned({ claim: made }), "createMachine").spec;
}

function refusalOf(made: JsonObject): string {
  const plan = planned({ claim: made });
  expect(kinds(plan)).to.deep.equal(["writeStatus"]);
  expect(told(plan, "Launched")).to.include({ status: "False", reason: "InvalidRequest" });
  return told(plan, "Launched")?.message ?? "";
}

describe("which machine a claim asks for", () => {
  it("N22: a name that no agent pool can have is told, and nothing is made", () => {
    for (const name of ["default-x2k9f", "c0123456789ab", "0abc", "Abc", ""]) {
      expect(refusalOf(claim({ metadata: { name } }))).to.match(/is no name of an agent pool/);
    }
    for (const name of ["c", "ws012345678", "c0123456789a"]) {
      expect(specOf(claim({ metadata: { name } })).name).to.equal(name);
    }
  });

  it("of several values the first that is left, in the order of the claim, always", () => {
    const many = requirement(TYPE, "In", "Standard_B", "Standard_C", "Standard_D");
    expect(specOf(withRequirements(many)).instanceType).to.equal("Standard_B");
    expect(specOf(withRequirements(many, requirement(TYPE, "NotIn", "Standard_B"))).instanceType).to.equal(
      "Standard_C",
    );
    expect(specOf(withRequirements(requirement(TYPE, "NotIn", "Standard_B"), many)).instanceType).to.equal(
      "Standard_C",
    );
    const narrowed = requirement(TYPE, "In", "Standard_D", "Standard_C");
    expect(specOf(withRequirements(many, narrowed)).instanceType).to.equal("Standard_C");
  });

  it("never a size that is excluded or not named", () => {
    expect(refusalOf(withRequirements(requirement(TYPE, "NotIn", A100)))).to.match(/no requirement names a size/);
    expect(refusalOf(withRequirements(requirement(TYPE, "Exists")))).to.match(/no requirement names a size/);
    expect(refusalOf(withRequirements(size, requirement(TYPE, "NotIn", A100)))).to.match(/leave no size/);
    expect(refusalOf(withRequirements())).to.match(/no requirement names a size/);
  });

  it("of the words of Azure's Karpenter those that are true of the size; the others are refused, not taken for labels", () => {
    const asked = (key: string, operator: string, ...values: readonly string[]): JsonObject =>
      withRequirements(size, requirement(`karpenter.azure.com/${key}`, operator, ...values));
    const met = [
      asked("sku-gpu-count", "In", "1", "2"),
      asked("sku-gpu-count", "Gt", "0"),
      asked("sku-gpu-name", "In", "A100"),
      asked("sku-gpu-manufacturer", "Exists"),
      asked("sku-family", "NotIn", "D"),
      asked("sku-version", "In", "4"),
      asked("sku-cpu", "Lt", "25"),
      asked("sku-memory", "In", String(220 * 1024)),
    ];
    for (const made of met) expect(specOf(made).instanceType).to.equal(A100);
    expect(specOf(asked("sku-gpu-count", "In", "2", "1")).labels).to.include({
      "karpenter.azure.com/sku-gpu-count": "1",
    });
    const unmet = [
      asked("sku-gpu-count", "In", "8"),
      asked("sku-gpu-name", "In", "H100"),
      asked("sku-family", "DoesNotExist"),
      asked("sku-gpu-manufacturer", "NotIn", "nvidia"),
    ];
    for (const made of unmet) expect(refusalOf(made)).to.match(/sku-\S+ \w+ \[.*is known to meet it/);
    expect(refusalOf(asked("sku-networking-accelerated", "In", "true"))).to.match(/of these keys are known/);
    const unseen = requirement(TYPE, "In", "Standard_NC999_v9");
    const four = requirement("karpenter.azure.com/sku-gpu-count", "NotIn", "4");
    expect(refusalOf(withRequirements(unseen, four))).to.match(/is known to meet it/);
  });

  it("of several sizes the first that Azure's words leave", () => {
    const both = requirement(TYPE, "In", "Standard_ND96isr_H100_v5", A100);
    const name = requirement("karpenter.azure.com/sku-gpu-name", "In", "A100");
    expect(specOf(withRequirements(both, name)).instanceType).to.equal(A100);
  });

  it("the size also by the name KAITO and Azure's Karpenter give it, and both must agree", () => {
    const sku = requirement("karpenter.azure.com/sku-name", "In", A100);
    expect(specOf(withRequirements(sku, requirement("karpenter.sh/nodepool", "In", "kaito"))).instanceType).to.equal(
      A100,
    );
    expect(refusalOf(withRequirements(sku, requirement(TYPE, "In", "Standard_B")))).to.match(/leave no size/);
  });

  it("arch and os that no machine has are told", () => {
    expect(refusalOf(withRequirements(size, requirement("kubernetes.io/arch", "In", "arm64")))).to.match(/amd64/);
    expect(refusalOf(withRequirements(size, requirement("kubernetes.io/os", "NotIn", "linux")))).to.match(/linux/);
    expect(
      specOf(withRequirements(size, requirement("kubernetes.io/arch", "In", "arm64", "amd64"))).instanceType,
    ).to.equal(A100);
  });

  it("how it is paid: in the order stated, on demand where nothing is, reserved only where it is named", () => {
    const paid = (...requirements: readonly JsonObject[]) =>
      specOf(withRequirements(size, ...requirements)).capacityType;
    expect(paid()).to.equal("on-demand");
    expect(paid(requirement(PAID, "In", "spot", "on-demand"))).to.equal("spot");
    expect(paid(requirement(PAID, "NotIn", "on-demand"))).to.equal("spot");
    expect(paid(requirement(PAID, "In", "reserved"))).to.equal("reserved");
    expect(refusalOf(withRequirements(size, requirement(PAID, "NotIn", "on-demand", "spot")))).to.match(/possible are/);
    expect(refusalOf(withRequirements(size, requirement(PAID, "In", "free")))).to.match(/possible are/);
  });

  it("the zone: the first that is left, none where none is stated", () => {
    expect(specOf(withRequirements(size))).to.not.have.property("zone");
    const zones = requirement(ZONE, "In", "eastus-3", "eastus-1");
    expect(specOf(withRequirements(size, zones)).zone).to.equal("eastus-3");
    expect(specOf(withRequirements(size, zones, requirement(ZONE, "NotIn", "eastus-3"))).zone).to.equal("eastus-1");
    expect(refusalOf(withRequirements(size, requirement(ZONE, "NotIn", "eastus-1")))).to.match(/name a zone with In/);
  });

  it("a key nobody knows becomes a label where a value is named, and is refused where nothing can give it one", () => {
    expect(specOf(withRequirements(size, requirement("team", "In", "b", "a"))).labels).to.include({ team: "b" });
    expect(specOf(withRequirements(size, requirement("team", "DoesNotExist"))).labels).to.not.have.property("team");
    expect(refusalOf(withRequirements(size, requirement("team", "Exists")))).to.match(/team Exists/);
    expect(refusalOf(withRequirements(size, requirement("karpenter.azure.com/sku-gpu-count", "Gt", "3")))).to.match(
      /Gt \[3\]/,
    );
    expect(refusalOf(withRequirements(size, requirement(TYPE, "Sideways", A100)))).to.match(/leave no size/);
  });

  it("a size that has less than is requested is passed over, and told where it is the only one", () => {
    const requests = { "nvidia.com/gpu": "2" };
    const sizes = {
      ...world().sizes,
      Standard_Two: { gpuVendor: "nvidia", gpuCount: 2, vcpus: 48, memoryGiB: 440 },
    } as const;
    const both = claim({
      spec: { requirements: [requirement(TYPE, "In", A100, "Standard_Two")], resources: { requests } },
    });
    expect(only(planned({ claim: both, sizes }), "createMachine").spec.instanceType).to.equal("Standard_Two");
    expect(refusalOf(claim({ spec: { resources: { requests } } }))).to.match(/more than Standard_NC24ads_A100_v4 has/);
  });

  it("labels, permanent taints, and no startup taint, which nobody could take off again", () => {
    const made = claim({ spec: { startupTaints: [{ key: "agent", effect: "NoSchedule" }] } });
    expect(specOf(made).labels).to.deep.equal({
      "foresail.dev/workspace": "phi",
      "app.kubernetes.io/managed-by": "foresail",
    });
    expect(specOf(made).taints).to.deep.equal([{ key: "sku", value: "gpu", effect: "NoSchedule" }]);
  });

  it("the disk: optional, ephemeral-storage before storage, rounded up, in AKS's bounds", () => {
    const disk = (requests: JsonObject) => specOf(claim({ spec: { resources: { requests } } })).osDiskGiB;
    expect(disk({})).to.equal(undefined);
    expect(disk({ storage: "107Gi" })).to.equal(107);
    expect(disk({ storage: "100G" })).to.equal(94);
    expect(disk({ storage: "50Gi", "ephemeral-storage": "200Gi" })).to.equal(200);
    expect(disk({ storage: "1Mi" })).to.equal(30);
    expect(disk({ storage: "0" })).to.equal(undefined);
    const refused = (storage: string) => refusalOf(claim({ spec: { resources: { requests: { storage } } } }));
    expect(refused("4Ti")).to.match(/2048 GiB at most/);
    expect(refused("much")).to.match(/is no amount/);
  });

  it("the image family of KAITO's annotation, and a family nobody knows is told", () => {
    const family = (value: string) => claim({ metadata: { annotations: { "kaito.sh/node-image-family": value } } });
    expect(specOf(family("AzureLinux")).imageFamily).to.equal("azurelinux");
    expect(refusalOf(family("windows"))).to.match(/possible are ubuntu, azurelinux/);
  });

  it("GPUs cut by MIG, by the resource that is requested", () => {
    const requests = { "nvidia.com/gpu": null, "nvidia.com/mig-1g.10gb": "1" };
    expect(specOf(claim({ spec: { resources: { requests } } })).gpuPartition).to.equal("1g.10gb");
  });

  it("reads durations as karpenter.sh/v1 writes them", () => {
    const expire = (expireAfter: string) => claimFacts(claim({ spec: { expireAfter } })).expireAfterMs;
    expect(expire("Never")).to.equal(undefined);
    expect(expire("1h30m5s")).to.equal(5_405_000);
    expect(expire("720h")).to.equal(720 * 3_600_000);
  });

  it("a spot machine costs at most what the claim says; without a word up to the price on demand", () => {
    const priced = (most: string, paid = "spot") =>
      claim({
        metadata: { annotations: { "foresail.dev/spot-max-price": most } },
        spec: { requirements: [size, requirement(PAID, "In", paid)] },
      });
    expect(specOf(priced("1.25")).spotMaxPriceUsd).to.equal(1.25);
    expect(specOf(priced("1.25", "on-demand"))).to.not.have.property("spotMaxPriceUsd");
    expect(specOf(withRequirements(size, requirement(PAID, "In", "spot")))).to.not.have.property("spotMaxPriceUsd");
    for (const wrong of ["", "dear", "0", "-1", "Infinity"])
      expect(refusalOf(priced(wrong))).to.contain("for example 1.25");
  });
});
