import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { LayerCache } from "../../../src/core/catalogue.ts";
import { fitVllm } from "../../../src/core/memory/fit.ts";
import { blocksIn, blocksOf, cachePlan, longestIn } from "../../../src/core/memory/kv-cache.ts";
import { kvBytesPerToken } from "../../../src/core/memory/layer-kinds.ts";
import { fits, model, settings, shaped } from "./models.ts";

interface Need {
  readonly shape: string;
  readonly tensor: number;
  readonly pipeline: number;
  readonly tokens: number;
  readonly batchedTokens: number;
  readonly fp8Cache: boolean;
  readonly bytes: number;
}

const vllm = JSON.parse(readFileSync(new URL("vllm-kv-cache.golden.json", import.meta.url), "utf8")) as {
  readonly shapes: {
    readonly [name: string]: { readonly cache: readonly LayerCache[]; readonly attentionHeads: number };
  };
  readonly needs: readonly Need[];
};

const ONE_GPU = { tensor: 1, pipeline: 1 };

describe("KV cache", () => {
  for (const [name, shape] of Object.entries(vllm.shapes)) {
    it(`reserves what vLLM 0.25.1 reserves for one sequence: ${name}`, () => {
      const needs = vllm.needs.filter((need) => need.shape === name);
      expect(needs.length).to.be.greaterThan(0);
      for (const { tensor, pipeline, tokens, batchedTokens, fp8Cache, bytes } of needs) {
        const made = { ...settings(), batchedTokens, fp8Cache };
        const plan = cachePlan(shaped(shape), { tensor, pipeline }, made);
        const ours = blocksOf(plan, tokens) * plan.blockBytes;
        const where = `${tokens} tokens on ${tensor} × ${pipeline}, ${batchedTokens} at once`;
        // Never less: vLLM refuses to start then. More only by a block, or by one layer of a group in each stage.
        expect(ours, where).to.be.at.least(bytes);
        expect(ours, where).to.be.at.most(bytes * (pipeline === 1 ? 1.01 : 1.51));
      }
    });
  }

  it("reckons a token as KAITO does where every layer keeps keys and values", () => {
    expect(kvBytesPerToken(model("phi-3-mini-4k-instruct"))).to.equal(393_216);
    expect(kvBytesPerToken(model("phi-4"))).to.equal(204_800);
    expect(kvBytesPerToken(model("phi-4-mini-instruct"))).to.equal(131_072);
  });

  it("copies a latent cache to every GPU of a layer, and shards heads until there is one on each", () => {
    const bytes = (cache: LayerCache, tensor: number): number =>
      cachePlan(shaped({ cache: [cache], attentionHeads: 128 }), { tensor, pipeline: 1 }, settings()).blockBytes;
    const latent: LayerCache = { kind: "mla", layers: 61, latentDim: 576 };
    expect(bytes(latent, 8)).to.equal(bytes(latent, 1));
    const grouped: LayerCache = { kind: "attention", layers: 80, kvHeads: 8, headDim: 128 };
    expect([1, 2, 8, 16].map((tensor) => bytes(grouped, 1) / bytes(grouped, tensor))).to.deep.equal([1, 2, 8, 8]);
  });

  it("adds the indexer of sparse attention, and takes 656 bytes for its latent in 8 bit", () => {
    const token = (flags: { readonly [flag: string]: string }, indexerBytes?: number): number => {
      const cache: LayerCache = { kind: "mla", layers: 1, latentDim: 576, ...(indexerBytes ? { indexerBytes } : {}) };
      const plan = cachePlan(shaped({ cache: [cache], attentionHeads: 128 }), ONE_GPU, settings(flags));
      return plan.blockBytes / 128;
    };
    expect([token({}), token({}, 132)]).to.deep.equal([1152, 1284]);
    expect([token({ "kv-cache-dtype": "fp8" }), token({ "kv-cache-dtype": "fp8" }, 132)]).to.deep.equal([576, 788]);
  });

  it("counts what grows and what windows reserve of a compressed cache", () => {
    const cache: LayerCache = {
      kind: "compressed",
      layers: 60,
      bytesPerToken: 1000,
      windows: [{ windowTokens: 128, bytesPerToken: 500 }],
    };
    const made = { ...settings(), batchedTokens: 1921 };
    const at = (tokens: number, pipeline: number): number => {
      const plan = cachePlan(shaped({ cache: [cache], attentionHeads: 64 }), { tensor: 8, pipeline }, made);
      return blocksOf(plan, tokens) * plan.blockBytes;
    };
    // 10,240 tokens of 1,000 bytes; of 500 bytes the window of 128 - 1 + 1,921 = 2,048 tokens and a block of 256.
    expect(at(10_240, 1)).to.be.closeTo(10_240 * 1000 + (2048 + 256) * 500, 1);
    expect(at(10_240, 2)).to.be.closeTo(at(10_240, 1) / 2, 1);
  });

  it("keeps a window's tokens only: gpt-oss holds half of its layers' context", () => {
    const half: readonly LayerCache[] = [
      { kind: "attention", layers: 12, kvHeads: 8, headDim: 64 },
      { kind: "attention", layers: 12, kvHeads: 8, headDim: 64, windowTokens: 128 },
    ];
    const full: readonly LayerCache[] = [{ kind: "attention", layers: 24, kvHeads: 8, headDim: 64 }];
    const most = (cache: readonly LayerCache[]): number => {
      const plan = cachePlan(shaped({ cache, attentionHeads: 64 }), ONE_GPU, settings());
      return longestIn(plan, blocksIn(plan, 4 * 1024 ** 3), 1_000_000);
    };
    // 24,576 bytes a token instead of 49,152, less the 8,319 tokens that are reserved for the windows.
    expect(most(full)).to.equal(87_360);
    expect(most(half)).to.equal(166_400);
  });

  it("promises one request of the stated length: the pool keeps a block for itself", () => {
    const plan = cachePlan(model("phi-4"), ONE_GPU, settings());
    const bytes = 100 * plan.blockBytes;
    expect(blocksIn(plan, bytes)).to.equal(99);
    expect(longestIn(plan, 99, 1_000_000)).to.equal(99 * 16);
    expect(longestIn(plan, 0, 1_000_000)).to.equal(0);
    expect(longestIn(plan, 99, 1000)).to.equal(1000);
  });

  it("doubles what an 8 bit cache holds", () => {
    const on = (flags: { readonly [flag: string]: string }): number =>
      fits(fitVllm(model("phi-3-mini-128k-instruct"), { gpuCount: 1, gpuMemoryGiB: 24 }, settings(flags))).memory
        .maxModelLen;
    expect(on({ "kv-cache-dtype": "fp8" }) / on({})).to.be.closeTo(2, 0.01);
  });
});
