import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, Defaults } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const H100 = "Standard_NC40ads_H100_v5";
const V100 = "Standard_NC6s_v3";

const codes = (object: Workspace, with_ = catalogue): readonly string[] =>
  expand(object, with_).issues.map((issue) => `${issue.level} ${issue.code}`);
const message = (object: Workspace, code: string): string =>
  expand(object, catalogue).issues.find((issue) => issue.code === code)?.message ?? "";
function expansionOf(object: Workspace, with_ = catalogue): Expansion {
  const { expansion, issues } = expand(object, with_);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
const counting = (object: Workspace, count: number): Workspace => ({
  ...object,
  resource: { labelSelector: {}, ...object.resource, count },
});
function templated(spec: JsonObject, size: string | undefined = A100, annotations = {}): Workspace {
  return workspace({
    annotations,
    resource: { labelSelector: {}, ...(size === "" ? {} : { instanceType: size }) },
    inference: { template: { spec: { containers: [{ name: "c" }], ...spec } } },
  });
}
const asking = (gpus: unknown): JsonObject => ({
  containers: [{ name: "c", resources: { limits: { "nvidia.com/gpu": gpus as string } } }],
});
function defaulting(defaults: Partial<Defaults>): Catalogue {
  const release = { ...catalogue.current, defaults: { ...catalogue.current.defaults, ...defaults } };
  return { current: release, releases: [release] };
}

describe("max-hourly-price", () => {
  const limit = (usd: string, more = {}) => ({ "foresail.dev/max-hourly-price": usd, ...more });

  it("counts every node of every replica, to the last hundredth of a cent", () => {
    // 3 × 3.673 is 11.019000000000002 in binary fractions.
    const three = { "foresail.dev/replicas": "3" };
    expect(codes(serving("phi-4", A100, limit("11.019", three)))).to.deep.equal([]);
    expect(codes(serving("phi-4", A100, limit("11.0189", three)))).to.deep.equal(["error price/above-limit"]);
    const transformers = { "kaito.sh/runtime": "transformers" };
    expect(codes(counting(serving("phi-4", A100, limit("11.019", transformers)), 3))).to.deep.equal([]);
    expect(codes(counting(serving("phi-4", A100, limit("11", transformers)), 3))).to.deep.equal([
      "error price/above-limit",
    ]);
    expect(message(serving("phi-4", "Standard_NV36ads_A10_v5", limit("6.3")), "price/above-limit")).to.include(
      "2 × Standard_NV36ads_A10_v5 in eastus cost $6.40 per hour",
    );
  });

  it("holds for a template and for a training run, which is one whatever replicas says", () => {
    expect(codes(templated({}, A100, limit("3")))).to.deep.equal(["error price/above-limit"]);
    expect(codes(templated({}, A100, limit("3.673")))).to.deep.equal([]);
    const run = tuning("phi-4", A100);
    const dear = (usd: string): Workspace => ({
      ...run,
      metadata: { ...run.metadata, annotations: limit(usd, { "foresail.dev/replicas": "9" }) },
    });
    expect(codes(dear("3.673"))).to.deep.equal([]);
    expect(codes(dear("3.6"))).to.deep.equal(["error price/above-limit"]);
  });

  it("is nothing to own nodes: they are not bought", () => {
    const own = { "foresail.dev/provision": "false" };
    expect(codes(serving("phi-4", A100, limit("1", own)))).to.deep.equal([]);
    expect(codes(templated({}, A100, limit("1", own)))).to.deep.equal([]);
  });

  it("denies a size without a price, and says that a dearer fallback is never used", () => {
    expect(
      codes(serving("phi-4", "Standard_ND96isr_H100_v5", limit("500", { "foresail.dev/region": "nowhere" }))),
    ).to.deep.equal(["error instance-type/no-price"]);
    const both = limit("4", { "foresail.dev/fallback-instance-types": H100 });
    expect(message(serving("phi-4", A100, both), "price/fallback-above-limit")).to.match(/costs \$.*never used$/);
    expect(expansionOf(serving("phi-4", A100, both)).fallbackInstanceTypes).to.deep.equal([H100]);
  });
});

describe("hardware", () => {
  it("runs no image built for NVIDIA on other GPUs", () => {
    for (const size of ["Standard_NG32ads_V620_v1", "Standard_ND96isr_MI300X_v5"]) {
      for (const object of [serving("phi-4", size), tuning("phi-4", size)])
        expect(codes(object)).to.include("error runtime/unsupported-gpu");
    }
    const own = { "foresail.dev/provision": "false", "foresail.dev/gpu": "8xMI300X" };
    expect(codes(serving("phi-4", undefined, own))).to.include("error runtime/unsupported-gpu");
    expect(message(serving("phi-4", "Standard_ND96isr_MI300X_v5"), "runtime/unsupported-gpu")).to.include("GPU MI300X");
  });

  it("takes fallbacks of the same cloud only, and only where the same image runs", () => {
    const fallback = (name: string) => ({ "foresail.dev/fallback-instance-types": name });
    expect(message(serving("phi-4", A100, fallback("p5.4xlarge")), "instance-type/fallback-unlike")).to.include(
      "it is a size of aws, not azure",
    );
    const old = serving("phi-3-mini-4k-instruct", V100, fallback(A100));
    expect(expansionOf(old).preset?.image).to.include(":0.1.1");
    const blackwell = {
      ...catalogue.current.instanceTypes.find(({ name }) => name === A100),
      name: "B200",
      computeCapability: "10.0",
    };
    const release = { ...catalogue.current, instanceTypes: [...catalogue.current.instanceTypes, blackwell as never] };
    const { issues } = expand(serving("phi-3-mini-4k-instruct", V100, fallback("B200")), {
      current: release,
      releases: [release],
    });
    expect(issues.find(({ code }) => code === "instance-type/fallback-unlike")?.message).to.include(
      "image kaito-preset is not built for compute capability 10.0",
    );
  });

  it("asks the node of least memory and CPU for its share, in whole numbers", () => {
    const { podTemplate } = expansionOf(
      serving("phi-4", "Standard_NC40ads_H100_v5", {
        "foresail.dev/fallback-instance-types": "Standard_NCC40ads_H100_v5",
      }),
    );
    // floor(0.7 × 40 vCPU), floor(0.7 × 320 GiB); in binary fractions 0.7 × 90 would be 62.99….
    expect(canonicalJson(podTemplate)).to.include('"cpu":"28"').and.include('"memory":"224Gi"');
    const smaller = {
      ...catalogue.current.instanceTypes.find(({ name }) => name === H100),
      name: "small",
      vcpus: 90,
      memoryGiB: 90,
    };
    const release = { ...catalogue.current, instanceTypes: [...catalogue.current.instanceTypes, smaller as never] };
    const fallen = expansionOf(
      serving("phi-4", "Standard_NC40ads_H100_v5", { "foresail.dev/fallback-instance-types": "small" }),
      {
        current: release,
        releases: [release],
      },
    );
    expect(canonicalJson(fallen.podTemplate)).to.include('"cpu":"28"').and.include('"memory":"63Gi"');
  });

  it("chooses among the sizes of the region's own cloud, and says when a region is unknown or another cloud's", () => {
    expect(expansionOf(serving("phi-4", undefined, { "foresail.dev/region": "us-east-1" })).instanceType).to.match(
      /^g/,
    );
    expect(
      message(serving("phi-4", undefined, { "foresail.dev/region": "eastas" }), "instance-type/none-fits"),
    ).to.match(/no price is known in region eastas.*nearest are eastus/);
    expect(message(serving("phi-4", "p4d.24xlarge"), "instance-type/no-price")).to.equal(
      "p4d.24xlarge has no price in eastus: state a region of aws in foresail.dev/region",
    );
    expect(codes(serving("phi-4", undefined, { "foresail.dev/region": "constructor" }))).to.deep.equal([
      "error instance-type/none-fits",
    ]);
  });

  it("takes the catalogue's own hardware in both notations", () => {
    for (const [gpu, memoryGiB] of [
      ["2xA100-80GB", 80],
      ["2x24Gi/8.6", 24],
    ] as const) {
      const { gpu: chosen, nodes } = expansionOf(serving("phi-4-mini-instruct"), defaulting({ provision: false, gpu }));
      expect([chosen?.perNode, chosen?.memoryGiB, nodes.provision]).to.deep.equal([2, memoryGiB, false]);
    }
  });

  it("gives gpu-provisioner its labels and never shares its nodes", () => {
    const with_ = defaulting({ provider: "gpu-provisioner" });
    const object = serving("phi-4", A100, { "foresail.dev/placement": "shared" });
    const { nodes, podTemplate } = expansionOf(object, with_);
    expect([nodes.placement, nodes.share]).to.deep.equal(["dedicated", undefined]);
    const affinity = canonicalJson((podTemplate["spec"] as JsonObject)["affinity"]);
    for (const key of ["foresail.dev/workspace", "kaito.sh/workspace", "kaito.sh/workspacenamespace"])
      expect(affinity).to.include(`"${key}"`);
    expect(codes(object, with_)).to.deep.equal(["warning placement/ignored"]);
  });

  it("says what has no effect", () => {
    expect(message(counting(serving("phi-4", A100), 5), "resource/count-computed")).to.equal(
      "resource.count 5 is not used: vLLM runs phi-4 on 1 node of this size",
    );
    expect(codes(counting(serving("phi-4", "Standard_NV36ads_A10_v5"), 2))).to.deep.equal([]);
    expect(codes(serving("phi-4", A100, { "foresail.dev/gpu": "1x80Gi/8.0" }))).to.deep.equal(["warning gpu/ignored"]);
    const configured = { ...serving("phi-4", A100, { "kaito.sh/runtime": "transformers" }) };
    expect(codes({ ...configured, inference: { ...configured.inference, config: "mine" } })).to.deep.equal([
      "warning config/ignored",
    ]);
  });

  it("refuses counts that no workload can have", () => {
    for (const count of [0, -3, 10_001, 2 ** 53])
      expect(codes(counting(serving("phi-3-mini-4k-instruct", V100), count))).to.include("error resource/count");
    expect(message(counting(serving("phi-4", A100), 0), "resource/count")).to.include("foresail.dev/replicas");
    expect(expansionOf(counting(serving("phi-3-mini-4k-instruct", V100), 3)).workload.replicas).to.equal(3);
  });
});

describe("a template of one's own", () => {
  it("asks for whole GPUs, no more than the size has", () => {
    expect(expansionOf(templated(asking("1"))).gpu?.perNode).to.equal(1);
    expect(expansionOf(templated({})).gpu).to.equal(undefined);
    for (const wrong of [1.5, "1.5", "1k", -1, "x", true, [1], 1e6])
      expect(codes(templated(asking(wrong))), String(wrong)).to.deep.equal(["error template/gpus"]);
    expect(message(templated(asking(8)), "instance-type/too-small")).to.include(
      "asks for 8 of nvidia.com/gpu, and Standard_NC24ads_A100_v4 has 1 GPU",
    );
    const own = { "foresail.dev/provision": "false" };
    expect(codes(templated(asking(8), "", own))).to.deep.equal([]);
  });

  it("counts the largest init container where it asks for more", () => {
    const init = { ...asking(1), initContainers: asking(2)["containers"] };
    expect(expansionOf(templated(init as JsonObject, "Standard_NC48ads_A100_v4")).gpu?.perNode).to.equal(2);
  });

  it("survives terms and tolerations that are none, and adds a toleration once", () => {
    const spec = {
      tolerations: [null, "x", { operator: "Exists", key: "nvidia.com/gpu", effect: "NoSchedule" }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [null] } } },
    };
    const stored = expansionOf(templated(spec as unknown as JsonObject)).podTemplate["spec"] as JsonObject;
    expect(stored["tolerations"]).to.have.length(4);
    expect(canonicalJson(stored["affinity"])).to.include("foresail.dev/workspace");
  });

  it("is refused where it could not be stored as stated", () => {
    expect(codes(templated({ n: 2 ** 53 }))).to.deep.equal(["error schema/number"]);
    expect(codes(templated({ n: Number.MAX_SAFE_INTEGER, f: 0.82, e: 1e-7 }))).to.deep.equal([]);
    expect(codes(templated({ n: "x".repeat(300_000) }))).to.deep.equal(["error schema/too-large"]);
  });
});
