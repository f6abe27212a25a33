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

  it("is not to blame for a runtime the model has no server of, known or not", () => {
    const own = { "foresail.dev/provision": "false" };
    for (const [size, more] of [
      [A100, {}],
      [undefined, {}],
      [undefined, own],
      [undefined, { ...own, "foresail.dev/gpu": "1xA100-80GB" }],
    ] as const) {
      const object = serving("ministral-3-8b-instruct-2512", size, { ...more, "kaito.sh/runtime": "transformers" });
      expect(codes(object).filter((code) => code.startsWith("error"))).to.deep.equal(["error runtime/not-served"]);
      expect(message(object, "runtime/not-served")).to.equal(
        "metadata.annotations[kaito.sh/runtime] transformers: no image serves ministral-3-8b-instruct-2512 with it; leave it out to serve it with another",
      );
    }
    // What else is wrong is told beside it.
    const both = serving("ministral-3-8b-instruct-2512", "Standard_NC999", { "kaito.sh/runtime": "transformers" });
    expect(codes(both)).to.deep.equal(["error instance-type/unknown", "error runtime/not-served"]);
  });

  it("is not to blame for what else was asked for: that is named, with what fits without it", () => {
    const adapted = (preset: string, count: number, size?: string): Workspace => {
      const object = serving(preset, size);
      const adapters = Array.from({ length: count }, (_, i) => ({ source: { name: `a${i}`, image: "r/a" } }));
      return { ...object, inference: { ...object.inference, adapters } } as Workspace;
    };
    const ultra = adapted("nvidia-nemotron-3-ultra-550b-a55b-nvfp4", 2);
    expect(message(ultra, "instance-type/none-fits")).to.match(
      /^no verified size of eastus holds .*: without inference\.adapters it fits on 3 × Standard_NC48ads_A100_v4/,
    );
    const large = serving("deepseek-r1-0528", undefined, { "kaito.sh/runtime": "transformers" });
    expect(message(large, "instance-type/none-fits")).to.match(
      /: without metadata\.annotations\[kaito\.sh\/runtime\] it fits on 3 × Standard_NC96ads_A100_v4/,
    );
    // No server takes adapters for this one, on whatever size.
    expect(codes(adapted("deepseek-v4-pro", 1))).to.deep.equal(["error adapter/unsupported"]);
    expect(codes(adapted("deepseek-v4-pro", 1, V100))).to.include.members([
      "error runtime/unsupported-gpu",
      "error adapter/unsupported",
    ]);
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
    expect(codes(counting(serving("phi-4", "Standard_NV36ads_A10_v5"), 2))).to.not.include(
      "warning resource/count-computed",
    );
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

  it("asks for GPUs that a bought node has, whole ones of its vendor, and for nothing by claims", () => {
    const limits = (of: JsonObject): JsonObject => ({ containers: [{ name: "c", resources: { limits: of } }] });
    const slice = templated(limits({ "nvidia.com/mig-1g.10gb": 2 }));
    expect(codes(slice)).to.deep.equal(["error template/gpu-resource"]);
    expect(message(slice, "template/gpu-resource")).to.equal(
      'inference.template.spec.containers ask for 2 of nvidia.com/mig-1g.10gb, and Standard_NC24ads_A100_v4 has 1 of nvidia.com/gpu and none of these: ask for nvidia.com/gpu, or for parts of GPUs use nodes of your own, foresail.dev/provision: "false", with resource.partition',
    );
    const other = templated(limits({ "amd.com/gpu": "1" }));
    expect(message(other, "template/gpu-resource")).to.match(/1 of amd.com\/gpu.*: ask for nvidia.com\/gpu$/);
    expect(codes(templated(limits({ "amd.com/gpu": "0", "nvidia.com/gpu": 1, "rdma/ib": 1 })))).to.deep.equal([]);
    expect(codes(templated(limits({ "amd.com/gpu": 8 }), "Standard_ND96isr_MI300X_v5"))).to.not.include(
      "error template/gpu-resource",
    );
    const claims = { containers: [{ name: "c" }], resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "one" }] };
    expect(codes(templated(claims))).to.deep.equal(["error template/resource-claims"]);
    const own = { "foresail.dev/provision": "false" };
    for (const spec of [claims, limits({ "nvidia.com/mig-1g.10gb": 2 })])
      expect(codes(templated(spec, "", own)).join()).to.not.include("template/");
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

describe("sizes by name", () => {
  it("takes KAITO's misspelt names quietly and states the real one", () => {
    const aliases = catalogue.current.instanceTypes.flatMap(({ name, aliases: all }) =>
      all.map((alias) => [alias, name]),
    );
    expect(aliases).to.deep.include(["Standard_ND96asr_A100_v4", "Standard_ND96asr_v4"]);
    for (const [alias, name] of aliases) {
      for (const written of [alias, alias?.toUpperCase()]) {
        const { expansion, issues } = expand(serving("phi-4-mini-instruct", written), catalogue);
        expect(
          issues.filter(({ path }) => path === "resource.instanceType"),
          written,
        ).to.deep.equal([]);
        expect(expansion?.instanceType, written).to.equal(name);
        expect(canonicalJson(expansion?.podTemplate), written).to.not.include(String(written));
      }
    }
  });

  it("denies sizes it does not know, those without GPUs by that reason", () => {
    // KAITO admits any Standard_N… and Standard_D… (unit tests 3, 5 and 6 of its resource rules): their pods wait for ever.
    for (const size of ["Standard_D8s_v5", "standard_e4s_v5", "Standard_B2ms", "m5.large", "c7i.4xlarge", "t3.micro"])
      expect(message(serving("phi-4", size), "instance-type/no-gpu"), size).to.include("is a size without GPUs");
    expect(message(serving("phi-4", "Standard_NC6s_v2"), "instance-type/unknown")).to.include(
      "nearest are Standard_NC6s_v3",
    );
    for (const size of [
      "Standard_NC1_v9",
      "Standard_X",
      "p9.48xlarge",
      "g99.xlarge",
      "trn1.2xlarge",
      "inf2.xlarge",
      "x".repeat(200),
    ])
      expect(codes(serving("phi-4", size)), size).to.include("error instance-type/unknown");
  });

  it("takes own nodes of a size it does not know where their GPUs are stated", () => {
    const own = { "foresail.dev/provision": "false" };
    expect(message(serving("phi-4", "dgx-3", own), "instance-type/unknown")).to.include(
      "state the GPUs of your own nodes in metadata.annotations[foresail.dev/gpu]",
    );
    const stated = expansionOf(serving("phi-4", "dgx-3", { ...own, "foresail.dev/gpu": "2x48Gi/8.6" }));
    expect([stated.instanceType, stated.gpu?.perNode, stated.nodes.provision]).to.deep.equal(["dgx-3", 2, false]);
    expect(canonicalJson(stated.podTemplate)).to.include(
      '{"key":"node.kubernetes.io/instance-type","operator":"In","values":["dgx-3"]}',
    );
    // A template says itself what it asks for.
    expect(expansionOf(templated({}, "dgx-3", own)).instanceType).to.equal("dgx-3");
    for (const wrong of ["a b", "-a", "x".repeat(64), "ü"])
      expect(codes(serving("phi-4", wrong, { ...own, "foresail.dev/gpu": "2x48Gi/8.6" })), wrong).to.include(
        "error instance-type/unknown",
      );
  });

  it("names a living replacement of a retired size that gives at least as much, with its price", () => {
    const { issues } = expand(serving("phi-3-mini-4k-instruct", V100), catalogue);
    const [warned] = issues.filter(({ code }) => code === "instance-type/retired");
    const [, name = "", usd] = /; (?:\d+ × )?(\S+) fits at \$(\d+\.\d\d)\/h$/.exec(warned?.message ?? "") ?? [];
    const before = expansionOf(serving("phi-3-mini-4k-instruct", V100));
    const after = expansionOf(serving("phi-3-mini-4k-instruct", name));
    expect(after.memory?.maxModelLen).to.be.at.least(before.memory?.maxModelLen ?? 0);
    expect(after.nodes.hourlyPriceUsd?.toFixed(2)).to.equal(usd);
    // A template is not sized: as many GPUs with as much memory.
    expect(message(templated({}, "Standard_NC12s_v3"), "instance-type/retired")).to.match(
      /^Standard_NC12s_v3 is retired as of 2025-09-30; Standard_NV72ads_A10_v5 fits at \$6\.52\/h$/,
    );
    const spot = serving("phi-3-mini-4k-instruct", V100, { "foresail.dev/capacity-type": "spot" });
    expect(message(spot, "instance-type/retired")).to.match(/fits at ≤ \$\d+\.\d\d\/h$/);
    const fallback = { "foresail.dev/fallback-instance-types": "Standard_NC6s_v3" };
    expect(message(serving("phi-3-mini-4k-instruct", V100, fallback), "instance-type/retired")).to.include(V100);
  });
});

describe("fallbacks", () => {
  const fallback = (names: string) => ({ "foresail.dev/fallback-instance-types": names });

  it("drops doubles and the first size itself, by any of its names", () => {
    const names = `${H100}, Standard_NC24ads_A100_v4, ${H100.toLowerCase()}`;
    expect(expansionOf(serving("phi-4", A100, fallback(names))).fallbackInstanceTypes).to.deep.equal([H100]);
    const misspelt = serving("phi-4", "Standard_ND96asr_v4", fallback("Standard_ND96asr_A100_v4"));
    expect(expansionOf(misspelt).fallbackInstanceTypes).to.equal(undefined);
  });

  it("says what is unlike: count, memory, capability, vendor, cloud", () => {
    for (const [first, other, reason] of [
      [A100, "Standard_NC48ads_A100_v4", "it has 2 GPUs, not 1"],
      [H100, A100, "80 GiB per GPU are less than 94"],
      ["Standard_ND96isr_H100_v5", "Standard_ND96amsr_A100_v4", "compute capability 8.0 is less than 9.0"],
      ["Standard_ND96isr_H200_v5", "Standard_ND96isr_MI300X_v5", "its GPUs are amd, not nvidia"],
      [A100, "p5.4xlarge", "it is a size of aws, not azure"],
    ] as const) {
      const object = serving("phi-4", first, fallback(other));
      expect(message(object, "instance-type/fallback-unlike"), other).to.include(reason);
    }
  });

  it("takes no size that leaves vLLM a smaller share of memory than it is started with", () => {
    const like = (name: string, gpuModel: string) => ({
      ...catalogue.current.instanceTypes.find((type) => type.name === "Standard_NV36ads_A10_v5"),
      name,
      gpuModel,
    });
    // The catalogue starts vLLM with 0.82 of an A10 and 0.84 of other GPUs.
    const release = {
      ...catalogue.current,
      instanceTypes: [...catalogue.current.instanceTypes, like("Standard_L4", "L4") as never],
    };
    const more = { current: release, releases: [release] };
    const up = serving("phi-4-mini-instruct", "Standard_NV36ads_A10_v5", fallback("Standard_L4"));
    expect(expansionOf(up, more).fallbackInstanceTypes).to.deep.equal(["Standard_L4"]);
    const down = serving("phi-4-mini-instruct", "Standard_L4", fallback("Standard_NV36ads_A10_v5"));
    const { issues } = expand(down, more);
    expect(issues.find(({ code }) => code === "instance-type/fallback-unlike")?.message).to.include(
      "vLLM is started with 0.84 of a GPU's memory, and of A10 it may take 0.82",
    );
  });
});

describe("kaito.sh/bypass-resource-checks", () => {
  const small = (value?: string) =>
    serving("phi-4", "Standard_NC4as_T4_v3", {
      "kaito.sh/runtime": "transformers",
      ...(value === undefined ? {} : { "kaito.sh/bypass-resource-checks": value }),
    });

  it("counts by its presence as in KAITO, unless it says false", () => {
    for (const value of ["true", "", "yes", "1"])
      expect(codes(small(value)), value).to.include("warning instance-type/too-small");
    for (const value of ["false", "False", " FALSE ", undefined])
      expect(codes(small(value)), value).to.include("error instance-type/too-small");
  });
});
