import { expect } from "chai";
import { describe, it } from "mocha";
import { estimate } from "../../../src/core/capacity/estimate.ts";
import { podRequests } from "../../../src/core/capacity/resources.ts";
import type { InstanceType } from "../../../src/core/catalogue.ts";
import { expand } from "../../../src/core/expand.ts";
import { canonicalJson, type JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning } from "../support/workspaces.ts";

const ONE = "Standard_NC24ads_A100_v4";
const TWO = "Standard_NC48ads_A100_v4";
const FOUR = "Standard_NC96ads_A100_v4";
const EIGHT_OF_40 = "Standard_ND96asr_v4";
const SHARED = { "foresail.dev/placement": "shared" };

function expansionOf(object: Workspace): Expansion {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion;
}
const shared = (preset: string, size?: string, annotations = {}): Expansion =>
  expansionOf(serving(preset, size, { ...SHARED, ...annotations }));
const podOf = ({ podTemplate }: Expansion): JsonObject => podTemplate["spec"] as JsonObject;
const taken = ({ gpu, parallelism, nodeCount }: Expansion): unknown => [
  nodeCount,
  gpu?.perNode,
  [parallelism?.tensor, parallelism?.pipeline, parallelism?.data],
];

describe("a preset on nodes that are shared", () => {
  it("asks for the GPUs it needs, one copy of the model; on nodes of its own for all", () => {
    expect(taken(expansionOf(serving("phi-4", TWO)))).to.deep.equal([1, 2, [1, 1, 2]]);
    const one = shared("phi-4", TWO);
    expect(taken(one)).to.deep.equal([1, 1, [1, 1, 1]]);
    expect(taken(shared("phi-4", FOUR))).to.deep.equal([1, 1, [1, 1, 1]]);
    // Its 61 GiB of weights leave one GPU no room for a cache.
    expect(taken(shared("gpt-oss-120b", FOUR))).to.deep.equal([1, 2, [2, 1, 1]]);
    const pod = canonicalJson(one.podTemplate);
    expect(pod).to.include('"limits":{"nvidia.com/gpu":"1"}').and.not.include("data-parallel");
    // The same GPU holds the same, whatever is beside it.
    expect(one.memory).to.deep.equal(expansionOf(serving("phi-4", ONE)).memory);
  });

  it("asks for its share of cpu and memory, and for a disk with room for as many as fit", () => {
    // floor(0.7 × 48) cores and floor(0.7 × 440) GiB, halved.
    expect(canonicalJson(shared("phi-4", TWO).podTemplate))
      .to.include('"cpu":"16"')
      .and.include('"memory":"154Gi"');
    expect(canonicalJson(shared("phi-4", FOUR).podTemplate))
      .to.include('"cpu":"16"')
      .and.include('"memory":"154Gi"');
    const diskGiB = (expansion: Expansion): number =>
      (podRequests(podOf(expansion)).get("ephemeral-storage") ?? 0) / 2 ** 30;
    for (const [size, pods] of [
      [TWO, 2],
      [FOUR, 4],
    ] as const) {
      const expansion = shared("phi-4", size);
      // Beside 30 GiB of image, on nine tenths of the disk.
      expect(expansion.nodes.storageGiB).to.be.at.least((pods * diskGiB(expansion) + 30) / 0.9);
    }
  });

  it("takes more GPUs where one would leave no room for real prompts", () => {
    // One of 40 GiB holds phi-4 and 7,200 tokens: enough for a size that the user names, not for a number that is chosen.
    const two = shared("phi-4", EIGHT_OF_40);
    expect(taken(two)).to.deep.equal([1, 2, [2, 1, 1]]);
    expect(two.memory?.maxModelLen).to.equal(16_384);
  });

  it("takes whole shares of a node's GPUs, so that what is left is of use", () => {
    for (const { name, gpuCount } of severalGpus())
      for (const preset of ["gpt-oss-120b", "gemma-4-31b-it", "llama-3.3-70b-instruct"]) {
        const { expansion } = expand(serving(preset, name, SHARED), catalogue);
        if (expansion?.nodeCount === 1)
          expect(gpuCount % (expansion.gpu?.perNode ?? 0), `${preset} ${name}`).to.equal(0);
      }
  });

  it("fills a node of every size beside daemonsets and sidecars", () => {
    let seen = 0;
    for (const type of severalGpus()) {
      const { expansion } = expand(serving("phi-4-mini-instruct", type.name, SHARED), catalogue);
      if (expansion === undefined || expansion.nodeCount > 1) continue;
      const requests = podRequests(podOf(expansion));
      const pods = Math.floor(type.gpuCount / (expansion.gpu?.perNode ?? 1));
      const room = estimate(type, "nvidia.com/gpu");
      // Daemonsets take 1 CPU and 2 GiB; a sidecar of each pod 0.1 CPU and 256 MiB (ADR 10).
      const cpu = pods * ((requests.get("cpu") ?? 0) + 100) + 1000;
      const memory = pods * ((requests.get("memory") ?? 0) + 256 * 2 ** 20) + 2 * 2 ** 30;
      expect(cpu, `${type.name} cpu`).to.be.at.most(room.get("cpu") ?? 0);
      expect(memory, `${type.name} memory`).to.be.at.most(room.get("memory") ?? 0);
      seen++;
    }
    expect(seen).to.be.above(10);
  });

  it("takes whole nodes where one copy needs several", () => {
    const { nodeCount, gpu, parallelism } = shared("deepseek-r1-0528", FOUR);
    expect([nodeCount, gpu?.perNode, parallelism?.data]).to.deep.equal([3, 4, 1]);
  });

  it("gets the size it would get by itself, at the price of the whole node", () => {
    const own = expansionOf(serving("llama-3.3-70b-instruct"));
    const other = shared("llama-3.3-70b-instruct");
    expect(other.instanceType).to.equal(own.instanceType);
    expect(shared("phi-4", TWO).nodes.hourlyPriceUsd).to.equal(expansionOf(serving("phi-4", TWO)).nodes.hourlyPriceUsd);
  });

  it("is tuned on one GPU", () => {
    const object = tuning("phi-3-mini-4k-instruct", TWO);
    const annotations = { ...object.metadata.annotations, ...SHARED };
    const expansion = expansionOf({ ...object, metadata: { ...object.metadata, annotations } });
    expect(expansion.gpu?.perNode).to.equal(1);
    expect(canonicalJson(expansion.podTemplate)).to.include("--num_processes=1");
  });

  it("takes the number of GPUs that is stated, and all where nodes are never shared", () => {
    const object = serving("phi-4", FOUR, { ...SHARED, "foresail.dev/provision": "false" });
    expect(expansionOf(object).gpu?.perNode).to.equal(1);
    const resource = { labelSelector: {}, ...object.resource, partition: { mode: "accelerator" as const, count: 2 } };
    expect(taken(expansionOf({ ...object, resource }))).to.deep.equal([1, 2, [1, 1, 2]]);
    const defaults = { ...catalogue.current.defaults, provider: "gpu-provisioner" as const };
    const release = { ...catalogue.current, defaults };
    const { expansion } = expand(serving("phi-4", TWO, SHARED), { current: release, releases: [release] });
    expect(taken(expansion as Expansion)).to.deep.equal([1, 2, [1, 1, 2]]);
  });

  it("gives fallbacks the same share", () => {
    const expansion = shared("phi-4", TWO, { "foresail.dev/fallback-instance-types": "Standard_NC80adis_H100_v5" });
    expect(expansion.fallbackInstanceTypes).to.deep.equal(["Standard_NC80adis_H100_v5"]);
    expect(expansion.gpu?.perNode).to.equal(1);
  });
});

/** Sizes of several GPUs that Foresail may choose. */
function severalGpus(): readonly InstanceType[] {
  return catalogue.current.instanceTypes.filter(
    ({ gpuCount, gpuVendor, retiredOn }) => gpuCount > 1 && gpuVendor === "nvidia" && retiredOn === undefined,
  );
}
