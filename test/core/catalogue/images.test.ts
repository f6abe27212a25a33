import { expect } from "chai";
import { describe, it } from "mocha";
import { findModel } from "../../../src/core/catalogue.ts";
import { chooseRuntime, imageReference } from "../../../src/core/expand/runtime.ts";
import { catalogue } from "../support/workspaces.ts";

const release = catalogue.current;

function served(name: string, computeCapability: string): string | undefined {
  const model = findModel(release, name);
  if (model === undefined) throw new Error(`no model ${name}`);
  const image = chooseRuntime(release, model, { tuning: false, computeCapability });
  return image && imageReference(release, image, model).replace(/^.*\//, "");
}

describe("catalogue: images", () => {
  it("never runs tag 0.2.0, which holds weights only, and takes weights of tuning from nothing else", () => {
    for (const { image } of release.runtimes) expect(image).to.not.match(/:0\.2\.0$/);
    const artifacts = release.models.flatMap(({ tuning }) => tuning?.weightsArtifact ?? []);
    expect(artifacts.length).to.be.greaterThan(8);
    for (const artifact of artifacts) expect(artifact).to.match(/^kaito-[a-z0-9.-]+:0\.2\.0$/);
  });

  it("names presets, and names for them, that exist", () => {
    const names = release.models.map(({ name }) => name);
    for (const { presets, presetNames } of release.runtimes) {
      expect(names).to.include.members([...(presets ?? [])]);
      expect(presets ?? []).to.include.members(Object.keys(presetNames));
    }
  });

  // The presets whose last image with weights and server inside KAITO published in May 2025, and the names it gave them.
  const old: readonly (readonly [preset: string, image: string])[] = [
    ["deepseek-r1-distill-llama-8b", "kaito-deepseek-r1-distill-llama-8b"],
    ["deepseek-r1-distill-qwen-14b", "kaito-deepseek-r1-distill-qwen-14b"],
    ["falcon-7b", "kaito-falcon-7b"],
    ["falcon-7b-instruct", "kaito-falcon-7b-instruct"],
    ["falcon-40b", "kaito-falcon-40b"],
    ["falcon-40b-instruct", "kaito-falcon-40b-instruct"],
    ["mistral-7b", "kaito-mistral-7b"],
    ["mistral-7b-instruct", "kaito-mistral-7b-instruct"],
    ["phi-2", "kaito-phi-2"],
    ["phi-3-mini-4k-instruct", "kaito-phi-3-mini-4k-instruct"],
    ["phi-3-mini-128k-instruct", "kaito-phi-3-mini-128k-instruct"],
    ["phi-3-medium-4k-instruct", "kaito-phi-3-medium-4k-instruct"],
    ["phi-3-medium-128k-instruct", "kaito-phi-3-medium-128k-instruct"],
    ["phi-3.5-mini-instruct", "kaito-phi-3.5-mini-instruct"],
    ["phi-4", "kaito-phi-4"],
    ["phi-4-mini-instruct", "kaito-phi-4-mini-instruct"],
    ["qwen2.5-coder-7b-instruct", "kaito-qwen2.5-coder-7b-instruct"],
    ["qwen2.5-coder-32b-instruct", "kaito-qwen2.5-coder-32b-instruct"],
  ];
  for (const [preset, image] of old) {
    it(`serves ${preset} on a V100 with its last own image`, () => {
      expect(served(preset, "7.0")).to.equal(`${image}:0.1.1`);
    });
  }

  it("serves nothing else on a V100, and none of these with an old image where another is built for the GPU", () => {
    const lastImages = new Set(old.map(([preset]) => findModel(release, preset)?.name));
    for (const { name } of release.models) {
      if (!lastImages.has(name)) expect(served(name, "7.0"), name).to.equal(undefined);
      expect(served(name, "8.0") ?? "", name).to.not.contain("0.1.1");
    }
  });

  it("serves what vLLM refuses in float16 where there is bfloat16 only", () => {
    for (const name of ["gemma-3-4b-it", "gemma-3-27b-it"]) {
      expect(served(name, "7.5"), name).to.equal(undefined);
      expect(served(name, "8.6"), name).to.equal("kaito-base:0.5.0");
    }
    expect(served("gemma-4-e2b-it", "7.5")).to.equal("kaito-base:0.5.0");
  });

  it("serves fp8 weights from Ampere on, sparse attention from Hopper on", () => {
    expect(served("ministral-3-3b-instruct", "8.6")).to.equal("kaito-base:0.5.0");
    for (const name of ["deepseek-v3.2", "deepseek-v4-flash-0731", "glm-5.2-fp8"]) {
      expect(served(name, "8.0"), name).to.equal(undefined);
      expect(served(name, "9.0"), name).to.equal("kaito-base:0.5.0");
    }
  });
});
