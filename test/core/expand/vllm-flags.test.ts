import { expect } from "chai";
import { describe, it } from "mocha";
import type { Catalogue, Model, Release, RuntimeImage, Tuned } from "../../../src/core/catalogue.ts";
import { merged, statedFlagLayers } from "../../../src/core/expand/vllm-flags.ts";
import { expand } from "../../../src/core/expand.ts";
import { model } from "../memory/models.ts";
import { catalogue, serving } from "../support/workspaces.ts";

const { current } = catalogue;
const image = (name: string): RuntimeImage => {
  const found = current.runtimes.find((runtime) => runtime.name === name);
  if (found === undefined) throw new Error(`no image ${name}`);
  return found;
};
const base = image("kaito-base");
const tuned = (flags: Tuned["flags"], where: Partial<Tuned> = {}): Tuned => ({
  flags,
  source: "measured",
  date: "2026-11-01",
  ...where,
});
const withModel = (changed: Model): Catalogue => {
  const release: Release = { ...current, models: current.models.map((m) => (m.name === changed.name ? changed : m)) };
  return { current: release, releases: [release] };
};
const args = (catalogueUsed: Catalogue, preset: string, size: string, annotations = {}): readonly string[] => {
  const { expansion, issues } = expand(serving(preset, size, annotations), catalogueUsed);
  if (expansion === undefined) throw new Error(JSON.stringify(issues));
  const spec = expansion.podTemplate["spec"] as { containers: readonly { name: string; args: string[] }[] };
  return spec.containers.find(({ name }) => name === "model")?.args ?? [];
};

describe("layers of vLLM's flags", () => {
  it("lets runtime, size, preset, preset on one GPU, performance mode win in this order", () => {
    const layered: Model = {
      ...model("phi-4"),
      vllmFlags: { "block-size": "16", "max-num-seqs": "2", "stream-interval": "3" },
      tuned: [
        tuned({ "max-num-seqs": "4" }, { gpuModel: "A100" }),
        tuned({ "stream-interval": "5" }, { gpuModel: "A100", performanceMode: "throughput" }),
        tuned({ "stream-interval": "6", "max-num-seqs": "7" }, { performanceMode: "throughput" }),
        tuned({ "max-num-seqs": "99" }, { gpuModel: "H100" }),
      ],
    };
    const runtime = { ...base, tuned: [tuned({ "block-size": "32", seed: "1" }, { gpuModel: "A100" })] };
    const scope = { image: runtime, model: layered, gpuModel: "A100", performanceMode: "throughput" };
    const layers = statedFlagLayers(current, scope);
    expect(layers.map(({ origin }) => origin)).to.deep.equal([
      "default",
      "default",
      "preset",
      "tuned",
      "mode",
      "mode",
      "mode",
    ]);
    expect(merged(layers)).to.include({
      seed: "1",
      "block-size": "16",
      "max-num-seqs": "7",
      "stream-interval": "5",
      "performance-mode": "throughput",
    });
    expect(layers[3]).to.have.property("source", "measured, 2026-11-01");
    expect(merged(statedFlagLayers(current, { image: runtime, model: layered }))).to.include({
      "max-num-seqs": "2",
      "stream-interval": "3",
    });
  });

  it("sizes with the share of memory that the server is started with, whoever states it", () => {
    const half: Model = {
      ...model("phi-4-mini-instruct"),
      tuned: [tuned({ "gpu-memory-utilization": "0.5" }, { gpuModel: "A100" })],
    };
    const size = "Standard_NC24ads_A100_v4";
    expect(args(withModel(half), half.name, size)).to.include("--gpu-memory-utilization=0.5");
    const kv = (used: Catalogue): number =>
      expand(serving(half.name, size), used).expansion?.memory?.kvCacheGiB ?? Number.NaN;
    // 80 × 0.98 × (0.84 - 0.5).
    expect(kv(catalogue) - kv(withModel(half))).to.be.closeTo(26.66, 0.011);
    expect(args(catalogue, "phi-4-mini-instruct", "Standard_NV36ads_A10_v5")).to.include(
      "--gpu-memory-utilization=0.82",
    );
  });

  it("spreads experts in blocks of fp8 as wholes over the GPUs, and nothing else", () => {
    const spread = (preset: string, size: string): boolean =>
      args(catalogue, preset, size).includes("--enable-expert-parallel");
    expect(spread("qwen3.6-35b-a3b-fp8", "Standard_NC80adis_H100_v5")).to.equal(true);
    expect(spread("qwen3.6-35b-a3b-fp8", "Standard_NC40ads_H100_v5")).to.equal(false);
    expect(spread("qwen3.6-35b-a3b", "Standard_NC80adis_H100_v5")).to.equal(false);
    expect(spread("phi-4", "Standard_NC48ads_A100_v4")).to.equal(false);
  });

  it("splits no layer over more GPUs than its quantised blocks allow", () => {
    const parallelism = expand(serving("qwen3.6-35b-a3b-fp8", "Standard_ND96isr_H100_v5"), catalogue).expansion
      ?.parallelism;
    expect(parallelism?.tensor).to.be.at.most(4);
  });

  it("refuses adapters that the server has no use for", () => {
    const adapters = [{ source: { name: "a", image: "registry.example/a:1" } }];
    const workspace = serving("kimi-k2.5", "Standard_ND96isr_H200_v5");
    const { issues, expansion } = expand({ ...workspace, inference: { ...workspace.inference, adapters } }, catalogue);
    expect(expansion).to.equal(undefined);
    expect(issues.map(({ code }) => code)).to.include("adapter/unsupported");
  });

  it("makes no stages of an architecture that has none", () => {
    const { issues } = expand(serving("nvidia-nemotron-nano-12b-v2-vl-bf16", "Standard_NV36ads_A10_v5"), catalogue);
    expect(issues.map(({ code }) => code)).to.include("instance-type/too-small");
    const { expansion } = expand(serving("nvidia-nemotron-nano-12b-v2-vl-bf16", "Standard_NV72ads_A10_v5"), catalogue);
    expect(expansion?.parallelism).to.deep.equal({ tensor: 2, pipeline: 1, data: 1 });
  });

  it("makes no stages of layers that share keys and values, which vLLM refuses to cut", () => {
    for (const name of ["gemma-4-e2b-it", "gemma-4-e4b-it"]) {
      for (const { name: size, gpuVendor } of catalogue.current.instanceTypes) {
        if (gpuVendor !== "nvidia") continue;
        const { expansion, issues } = expand(serving(name, size), catalogue);
        const where = `${name} on ${size}`;
        if (expansion === undefined)
          expect(
            issues.some(({ level }) => level === "error"),
            where,
          ).to.equal(true);
        else expect(expansion.parallelism?.pipeline, where).to.equal(1);
      }
    }
  });
});
