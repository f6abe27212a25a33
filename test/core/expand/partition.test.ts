import { expect } from "chai";
import { describe, it } from "mocha";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import { type Expansion, validateExpansion, type Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, tuning, workspace } from "../support/workspaces.ts";

const own = { "foresail.dev/provision": "false" };

function asking(partition: JsonObject, annotations: { readonly [name: string]: string } = {}, size = ""): Workspace {
  return workspace({
    annotations: { ...own, ...annotations },
    resource: { labelSelector: {}, partition, ...(size === "" ? {} : { instanceType: size }) },
    inference: { preset: { name: "phi-4-mini-instruct" } },
  });
}
const serves = (object: Workspace, preset: string): Workspace => ({
  ...object,
  inference: { preset: { name: preset } },
});
const found = (object: Workspace): readonly string[] =>
  expand(object, catalogue).issues.map(({ level, code, path }) => `${level} ${code} ${path}`);
const message = (object: Workspace, code: string): string =>
  expand(object, catalogue).issues.find((issue) => issue.code === code)?.message ?? "";
function expansionOf(object: Workspace): Expansion {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  expect(validateExpansion(expansion, "")).to.deep.equal([]);
  return expansion;
}
const mig = (profile: string, more: JsonObject = {}): JsonObject => ({ mode: "mig", profile, ...more });

describe("resource.partition: mig", () => {
  it("asks for one slice by its own resource, tolerates its taint, and runs on one node", () => {
    const { gpu, nodeCount, parallelism, podTemplate, memory } = expansionOf(asking(mig("3g.40gb")));
    expect(gpu).to.deep.equal({
      resource: "nvidia.com/mig-3g.40gb",
      perNode: 1,
      memoryGiB: 40,
      // A100 or H100: what both have.
      computeCapability: "8.0",
    });
    expect([nodeCount, parallelism]).to.deep.equal([1, { tensor: 1, pipeline: 1, data: 1 }]);
    expect(memory?.perGpuGiB).to.equal(40);
    const pod = canonicalJson(podTemplate);
    expect(pod).to.include('"limits":{"nvidia.com/mig-3g.40gb":"1"}').and.not.include('"nvidia.com/gpu":"');
    expect(pod).to.include('{"effect":"NoSchedule","key":"nvidia.com/mig-3g.40gb","operator":"Exists"}');
    // A slice shares the node's memory with others: nothing of the cache goes there.
    expect(pod).to.include('"--kaito-kv-cache-cpu-memory-utilization=0"');
  });

  it("knows the GPU from the size, from foresail.dev/gpu, or from a profile only one GPU has", () => {
    const known = (object: Workspace): readonly (string | undefined)[] => {
      const { gpu } = expansionOf(object);
      return [gpu?.model, gpu?.computeCapability];
    };
    expect(known(asking(mig("3g.40gb"), {}, "Standard_NC24ads_A100_v4"))).to.deep.equal(["A100", "8.0"]);
    expect(known(asking(mig("3g.40gb"), { "foresail.dev/gpu": "1xH100-80GB" }))).to.deep.equal(["H100", "9.0"]);
    expect(known(asking(mig("3g.40gb"), { "foresail.dev/gpu": "1x80Gi/9.0" }))).to.deep.equal([undefined, "9.0"]);
    expect(known(asking(mig("2g.35gb")))).to.deep.equal(["H200", "9.0"]);
    // The catalogue has no size with these; every GPU that can be cut has 8.0.
    expect(known(asking(mig("2g.45gb"), { "foresail.dev/gpu": "1xB200" }))[0]).to.equal("B200");
    const a30 = asking(mig("4g.24gb"), { "foresail.dev/gpu": "1xA30" });
    expect(known(serves(a30, "phi-3-mini-4k-instruct"))).to.deep.equal(["A30", "8.0"]);
  });

  it("asks for its part of a node that is known", () => {
    const { podTemplate } = expansionOf(asking(mig("3g.40gb"), {}, "Standard_NC24ads_A100_v4"));
    // Half of the 16 cores and 154 GiB that a whole GPU's pod asks for.
    expect(canonicalJson(podTemplate)).to.include('"cpu":"8"').and.include('"memory":"77Gi"');
  });

  it("refuses a model that does not fit the slice, naming the smallest that holds it; bypassed, a warning", () => {
    const small = asking(mig("1g.10gb"));
    expect(found(small)).to.deep.equal(["error partition/too-small resource.partition"]);
    const named = /the smallest profile that fits is (\S+)$/.exec(message(small, "partition/too-small"))?.[1] ?? "";
    expect(expansionOf(asking(mig(named))).memory?.maxModelLen).to.be.at.least(2048);
    const profiles = catalogue.current.migProfiles;
    const memoryOf = (name: string) => profiles.find(({ profile }) => profile === name)?.memoryGiB ?? 0;
    for (const { profile } of profiles.filter((other) => other.memoryGiB < memoryOf(named)))
      expect(found(asking(mig(profile))), profile).to.include("error partition/too-small resource.partition");
    const onA100 = asking(mig("1g.10gb"), { "foresail.dev/gpu": "1xA100-80GB" });
    expect(message(onA100, "partition/too-small")).to.match(/fits is 1g\.20gb$/);
    expect(message(serves(small, "deepseek-r1-0528"), "partition/too-small")).to.match(/ask for whole GPUs$/);
    const bypassed = asking(mig("1g.10gb"), { "kaito.sh/bypass-resource-checks": "true" });
    expect(found(bypassed)).to.deep.equal(["warning partition/too-small resource.partition"]);
    expect(expansionOf(bypassed).memory).to.equal(undefined);
  });

  it("counts on less memory than the profile's name says", () => {
    // 1g.18gb of an H200 has 16 GiB (nvidia-smi mig -lgip): a model that needs more must not be promised that it fits.
    const text = message(serves(asking(mig("1g.18gb")), "phi-4"), "partition/too-small");
    const offered = Number(/offers ([\d.]+) GiB/.exec(text)?.[1]);
    expect(offered).to.be.within(10, 16 * 0.84);
  });

  it("reads every profile KAITO knows, and names the nearest to one it does not", () => {
    for (const { profile } of catalogue.current.migProfiles)
      expect(found(asking(mig(profile))), profile).to.not.include("error partition/profile resource.partition.profile");
    expect(message(asking(mig("3g.41gb")), "partition/profile")).to.include("nearest are 3g.40gb");
    for (const wrong of ["bogus", "3G.40GB", "3g.40gb ", "", "nvidia.com/mig-3g.40gb", "1g.10gb+me"])
      expect(found(asking(mig(wrong))), wrong).to.deep.equal(["error partition/profile resource.partition.profile"]);
  });

  it("refuses a profile the stated GPU cannot be cut into, listing those it can", () => {
    const h100 = message(asking(mig("3g.40gb"), {}, "Standard_NC40ads_H100_v5"), "partition/profile");
    expect(h100).to.include("no profile of H100-NVL with 94 GiB").and.include("its profiles are 1g.12gb, 1g.24gb");
    const small = message(asking(mig("7g.80gb"), { "foresail.dev/gpu": "1xA100-40GB" }), "partition/profile");
    expect(small)
      .to.include("no profile of A100 with 40 GiB")
      .and.not.match(/7g\.80gb$/);
    expect(message(asking(mig("1g.10gb"), {}, "Standard_NC4as_T4_v3"), "partition/profile")).to.include(
      "it cannot be cut",
    );
    expect(found(asking(mig("1g.10gb"), { "foresail.dev/gpu": "1xNoSuch" }))).to.deep.equal([
      "error gpu/unknown metadata.annotations[foresail.dev/gpu]",
    ]);
  });
});

describe("resource.partition: accelerator", () => {
  it("gives the pod that many whole GPUs of the node", () => {
    const four = { "foresail.dev/gpu": "4xA100-80GB" };
    const { gpu, podTemplate } = expansionOf(asking({ mode: "accelerator", count: 2 }, four));
    expect([gpu?.resource, gpu?.perNode, gpu?.model]).to.deep.equal(["nvidia.com/gpu", 2, "A100"]);
    expect(canonicalJson(podTemplate)).to.include('"nvidia.com/gpu":"2"');
    const half = expansionOf(asking({ mode: "accelerator", count: 1 }, {}, "Standard_NC48ads_A100_v4"));
    expect([half.gpu?.perNode, half.instanceType]).to.deep.equal([1, "Standard_NC48ads_A100_v4"]);
    // floor(0.7 × 48) = 33 cores and 308 GiB of the whole node.
    expect(canonicalJson(half.podTemplate)).to.include('"cpu":"16"').and.include('"memory":"154Gi"');
    expect(
      expansionOf(asking({ mode: "accelerator", count: 2 }, {}, "Standard_NC48ads_A100_v4")).gpu?.perNode,
    ).to.equal(2);
  });

  it("refuses more than the node has; of an unknown node it takes the user's word", () => {
    const many = asking({ mode: "accelerator", count: 5 }, { "foresail.dev/gpu": "4xA100-80GB" });
    expect(message(many, "partition/count")).to.equal(
      "resource.partition.count is 5, and the stated hardware has 4 GPUs: ask for fewer",
    );
    const unknown = asking({ mode: "accelerator", count: 2 });
    expect(found(unknown)).to.deep.equal(["warning hardware/unknown resource"]);
    expect(expansionOf(unknown).gpu?.perNode).to.equal(2);
  });
});

describe("resource.partition: misuse, all of it at once", () => {
  // KAITO's W14, W16 and W37; its unit tests "Partition: …".
  for (const [partition, expected] of [
    [{ mode: "accelerator" }, ["partition/count resource.partition.count"]],
    [{ mode: "accelerator", count: 0 }, ["partition/count resource.partition.count"]],
    [{ mode: "accelerator", count: 1, profile: "1g.10gb" }, ["partition/profile resource.partition.profile"]],
    [
      { mode: "accelerator", profile: "1g.10gb" },
      ["partition/profile resource.partition.profile", "partition/count resource.partition.count"],
    ],
    [{ mode: "mig" }, ["partition/profile resource.partition.profile"]],
    [mig("1g.10gb", { count: 1 }), ["partition/count resource.partition.count"]],
    [{ mode: "half" }, ["partition/mode resource.partition.mode"]],
  ] as const) {
    it(canonicalJson(partition), () => {
      expect(found(asking(partition))).to.deep.equal(expected.map((issue) => `error ${issue}`));
    });
  }

  it("is refused where nodes are bought, and for tuning", () => {
    const bought = asking(mig("3g.40gb"), { "foresail.dev/provision": "true" });
    expect(found(bought)).to.deep.equal(["error partition/provision resource.partition"]);
    const run = tuning("phi-4", "Standard_NC24ads_A100_v4");
    const cut = { ...run, resource: { ...run.resource, labelSelector: {}, partition: mig("3g.40gb") } } as Workspace;
    expect(found(cut)).to.deep.equal(["error tuning/partition resource.partition"]);
  });
});

describe("resource.partition with a template of one's own", () => {
  it("counts the slices the template asks for and tolerates their taint", () => {
    const limits = { "nvidia.com/mig-1g.10gb": "1" };
    const object = {
      ...asking(mig("1g.10gb")),
      inference: { template: { spec: { containers: [{ name: "c", resources: { limits } }] } } },
    } as Workspace;
    const { gpu, podTemplate } = expansionOf(object);
    expect([gpu?.resource, gpu?.perNode]).to.deep.equal(["nvidia.com/mig-1g.10gb", 1]);
    expect(canonicalJson(podTemplate)).to.include('"key":"nvidia.com/mig-1g.10gb","operator":"Exists"');
  });
});
