import { expect } from "chai";
import { describe, it } from "mocha";
import { findModel, type LayerCache, type Model } from "../../../src/core/catalogue.ts";
import { catalogue } from "../support/workspaces.ts";
import { ALIASES, LICENSES, REPOSITORIES } from "./kaito-names.ts";

const { models, formerModels } = catalogue.current;

function model(name: string): Model {
  const found = findModel(catalogue.current, name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

/** Bytes that one more token of context costs these layers in 16 bit; windows count none. */
function growth(group: LayerCache): number {
  switch (group.kind) {
    case "attention":
      return group.windowTokens === undefined ? group.layers * group.kvHeads * group.headDim * 4 : 0;
    case "mla":
      return group.layers * (group.latentDim * 2 + (group.indexerBytes ?? 0));
    case "compressed":
      return group.bytesPerToken;
    case "state":
    case "none":
      return 0;
  }
}

function bytesPerToken(cache: readonly LayerCache[]): number {
  return cache.reduce((sum, group) => sum + growth(group), 0);
}

/** Bytes of the fixed states of one sequence, over all layers. */
function stateBytes(cache: readonly LayerCache[]): number {
  return cache.reduce((sum, group) => sum + (group.kind === "state" ? group.layers * group.bytesPerSequence : 0), 0);
}

describe("catalogue: models", () => {
  it("has the 60 models of KAITO v0.12 by repository, whatever the case, and by their short names", () => {
    expect(REPOSITORIES).to.have.length(60);
    for (const repository of REPOSITORIES) {
      const found = findModel(catalogue.current, repository.toUpperCase());
      expect(found?.model, repository).to.equal(repository);
      expect(found?.name, repository).to.equal(repository.split("/")[1]?.toLowerCase());
    }
  });

  it("answers to KAITO's older names as KAITO does", () => {
    for (const [alias, repository] of Object.entries(ALIASES)) {
      expect(findModel(catalogue.current, alias)?.model.toLowerCase(), alias).to.equal(repository);
    }
  });

  it("answers to every name with one model", () => {
    const names = models.flatMap(({ name, model: repository, aliases }) => [
      ...new Set([name, repository, ...aliases]),
    ]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).to.equal(names.length);
  });

  it("names a living preset for everything KAITO has dropped", () => {
    expect(formerModels.map(({ name }) => name)).to.include.members(["falcon-7b", "falcon-40b", "phi-2", "llama-2-7b"]);
    const former = new Set(formerModels.map(({ name }) => name));
    for (const { name, nearest } of formerModels) {
      expect(former.has(model(nearest).name), name).to.equal(false);
      // A model with weights still known is one that only an image of its time serves.
      const known = findModel(catalogue.current, name);
      if (known !== undefined) expect(known.runtimes, name).to.deep.equal(["kaito-preset"]);
    }
  });

  it("states a commit or main, a known licence, and whether the weights may be copied", () => {
    for (const { name, revision, license, weightsFrom, mayMirror, gated } of models) {
      expect(revision, name).to.match(/^([0-9a-f]{40}|main)$/);
      expect(LICENSES, name).to.include(license);
      expect(weightsFrom, name).to.equal("huggingface.co");
      expect(mayMirror, name).to.equal(license !== "other");
      expect(gated, name).to.equal(/^(llama|gemma$)/.test(license));
    }
  });

  it("pins every model that KAITO pinned", () => {
    const pinned = models.filter(({ revision }) => revision !== "main").map(({ name }) => name);
    expect(pinned).to.include.members(Object.values(ALIASES).map((repository) => model(repository).name));
  });

  it("runs code of the repository only where a source says why", () => {
    const running = models.filter(({ trustRemoteCode }) => trustRemoteCode);
    expect(running.map(({ name }) => name)).to.deep.equal([
      "kimi-k2.5",
      "kimi-k2.6",
      "kimi-k2.7-code",
      "nvidia-nemotron-nano-12b-v2-vl-bf16",
    ]);
    for (const { name, sources } of running) expect(sources.join("\n"), name).to.contain("trustRemoteCode: ");
  });

  it("describes every layer once", () => {
    for (const { name, layers, cache } of models) {
      expect(
        cache.reduce((sum, group) => sum + group.layers, 0),
        name,
      ).to.equal(layers);
    }
  });

  it("splits query heads evenly over key-value heads", () => {
    for (const { name, attentionHeads, cache } of models) {
      for (const group of cache)
        if (group.kind === "attention") expect(attentionHeads % group.kvHeads, name).to.equal(0);
    }
  });

  // Worked out by hand from config.json of each: layers × heads × size × 2 (keys and values) × 2 bytes.
  const tokens: readonly (readonly [name: string, bytes: number, arithmetic: string])[] = [
    ["phi-4", 204_800, "40 × 10 × 128 × 4"],
    ["llama-3.1-8b-instruct", 131_072, "32 × 8 × 128 × 4"],
    ["qwen2.5-coder-7b-instruct", 57_344, "28 × 4 × 128 × 4"],
    ["phi-3-mini-128k-instruct", 393_216, "32 × 32 × 96 × 4"],
    ["mistral-medium-3.5-128b", 360_448, "88 × 8 × 128 × 4"],
    ["gpt-oss-120b", 36_864, "18 of 36 layers × 8 × 64 × 4"],
    ["gemma-3-27b-it", 81_920, "10 of 62 layers × 16 × 128 × 4"],
    ["gemma-4-31b-it", 81_920, "10 of 60 layers × 4 × 512 × 4"],
    ["gemma-4-e2b-it", 6_144, "3 of 35 layers × 1 × 512 × 4"],
    ["qwen3.5-397b-a17b-gptq-int4", 30_720, "15 of 60 layers × 2 × 256 × 4"],
    ["nvidia-nemotron-3-super-120b-a12b-bf16", 8_192, "8 of 88 layers × 2 × 128 × 4"],
    ["deepseek-r1-0528", 70_272, "61 × 576 × 2"],
    ["deepseek-v3.2", 78_324, "61 × (576 × 2 + 132)"],
    ["glm-5.2-fp8", 92_628, "78 × 576 × 2 + 21 × 132"],
    ["mistral-small-4-119b-2603", 23_040, "36 × 320 × 2"],
    ["deepseek-v4-pro", 5789.25, "31 × 47,808 ÷ 256"],
  ];
  for (const [name, bytes, arithmetic] of tokens) {
    it(`${name} keeps ${bytes} bytes of a token: ${arithmetic}`, () => {
      expect(bytesPerToken(model(name).cache)).to.equal(bytes);
    });
  }

  // heads × head size × state size × 4 bytes, and 3 × channels × 2 bytes of the convolution.
  const states: readonly (readonly [name: string, bytes: number])[] = [
    ["nvidia-nemotron-3-nano-30b-a3b-bf16", 23 * (64 * 64 * 128 * 4 + 3 * 6_144 * 2)],
    ["nvidia-nemotron-3-super-120b-a12b-bf16", 40 * (128 * 64 * 128 * 4 + 3 * 10_240 * 2)],
    ["nvidia-nemotron-nano-9b-v2", 27 * (128 * 80 * 128 * 4 + 3 * 12_288 * 2)],
    ["qwen3.5-9b", 24 * (32 * 128 * 128 * 4 + 3 * 8_192 * 2)],
    ["qwen3.8-27b", 48 * (48 * 128 * 128 * 4 + 3 * 10_240 * 2)],
  ];
  for (const [name, bytes] of states) {
    it(`${name} keeps ${bytes} bytes of a sequence`, () => {
      expect(stateBytes(model(name).cache)).to.equal(bytes);
    });
  }

  // Parameters as the makers state them; what is not quantised (embeddings, router, vision tower) makes the rest.
  const weights: readonly (readonly [name: string, billions: number, bits: number, slack: number])[] = [
    ["phi-4", 14.66, 16, 0.01],
    ["llama-3.3-70b-instruct", 70.55, 16, 0.01],
    ["qwen2.5-coder-32b-instruct", 32.76, 16, 0.01],
    ["gemma-3-27b-it", 27.43, 16, 0.01],
    ["granite-4.1-8b", 8.8, 16, 0.01],
    ["nvidia-nemotron-3-super-120b-a12b-bf16", 123.6, 16, 0.01],
    ["falcon-40b", 41.84, 16, 0.01],
    ["deepseek-r1-0528", 684.5, 8, 0.02],
    ["minimax-m2.7", 228.7, 8, 0.03],
    ["mistral-medium-3.5-128b", 128, 8, 0.06],
    ["gpt-oss-20b", 20.91, 4.25, 0.25],
    ["gpt-oss-120b", 116.83, 4.25, 0.06],
    ["kimi-k2.5", 1_026, 4.5, 0.05],
  ];
  for (const [name, billions, bits, slack] of weights) {
    it(`${name} has ${billions} billion parameters of ${bits} bit on disk, once`, () => {
      const expected = (billions * 1e9 * bits) / 8 / 2 ** 30;
      expect(model(name).weightsGiB).to.be.within(expected * (1 - slack), expected * (1 + slack));
    });
  }
});
