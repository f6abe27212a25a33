import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { LayerCache, Model } from "../../../src/core/catalogue.ts";
import { fitVllm, isMisfit, wantedContext } from "../../../src/core/memory/fit.ts";
import { splits, tensorSizes } from "../../../src/core/memory/splits.ts";
import { fitTransformers } from "../../../src/core/memory/transformers.ts";
import { visibleGiB } from "../../../src/core/memory/visible-memory.ts";
import { fits, model, models, settings, shaped } from "./models.ts";

const A100 = { gpuCount: 1, gpuMemoryGiB: 80, gpuModel: "A100" };
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const headCounts = (m: Model): readonly number[] =>
  m.cache.flatMap((group) => (group.kind === "attention" ? [group.kvHeads] : []));

describe("memory fit", () => {
  it("puts phi-4 on one A100 with its whole context", () => {
    // 80 × 0.98 × 0.84 = 65.86; 27.31 × 1.02 = 27.86; 2.3 + 5 % = 3.69; 34.31 GiB ÷ 200 KiB = 179,863 tokens.
    expect(fits(fitVllm(model("phi-4"), A100, settings()))).to.deep.equal({
      nodeCount: 1,
      parallelism: { tensor: 1, pipeline: 1, data: 1 },
      memory: {
        perGpuGiB: 80,
        weightsGiB: 27.86,
        overheadGiB: 3.69,
        kvCacheGiB: 34.31,
        maxModelLen: 16384,
        maxConcurrency: 10,
      },
    });
  });

  it("spreads phi-4 over two A10 nodes", () => {
    const a10 = { gpuCount: 1, gpuMemoryGiB: 24, gpuModel: "A10" };
    const fit = fits(fitVllm(model("phi-4"), a10, settings({ "gpu-memory-utilization": "0.82" })));
    // The embedding, 100,352 × 5,120 × 2 bytes = 0.96 GiB, is on a stage as a whole: (27.86 - 0.96) ÷ 2 + 0.96 = 14.41.
    expect(fit.memory.weightsGiB).to.equal(14.41);
    expect([fit.nodeCount, fit.parallelism.pipeline, fit.memory.maxModelLen]).to.deep.equal([2, 2, 6832]);
  });

  it("counts the memory that CUDA shows, not what the card is sold with", () => {
    // Largest figures below which PyTorch's messages name the total of these cards.
    const shown = { A10G: 22.06, L4: 22.06, T4: 14.74, L40S: 44.39, A100: 79.14, H100: 79.1, H200: 139.72 } as const;
    const sold = { A10G: 24, L4: 24, T4: 16, L40S: 48, A100: 80, H100: 80, H200: 141 } as const;
    for (const gpuModel of Object.keys(shown) as readonly (keyof typeof shown)[]) {
      const visible = visibleGiB({ gpuCount: 1, gpuMemoryGiB: sold[gpuModel], gpuModel });
      expect(visible, gpuModel).to.be.at.most(shown[gpuModel]);
      expect(visible, gpuModel).to.be.at.least(shown[gpuModel] * 0.98);
    }
    expect(visibleGiB({ gpuCount: 1, gpuMemoryGiB: 40, gpuModel: "A100" })).to.be.at.most(39.39);
  });

  it("never picks a tensor parallelism vLLM would not start with", () => {
    // 16 is a multiple of the 8 key-value heads of phi-4-mini, and does not divide its 24 attention heads.
    expect(tensorSizes(model("phi-4-mini-instruct"), 16)).to.deep.equal([1, 2, 4, 8]);
    // phi-4 has 10 key-value heads: vLLM asserts 10 % 4 = 0 and stops.
    expect(tensorSizes(model("phi-4"), 4)).to.deep.equal([1, 2]);
    for (const m of models) {
      for (let gpuCount = 1; gpuCount <= 16; gpuCount++) {
        for (const gpuMemoryGiB of [16, 24, 80, 192]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, settings());
          if (isMisfit(fit)) continue;
          const { tensor } = fit.parallelism;
          expect(m.attentionHeads % tensor, `heads of ${m.name}`).to.equal(0);
          expect(gpuCount % tensor).to.equal(0);
          for (const heads of headCounts(m))
            expect(Math.min(heads % tensor, tensor % heads), `${m.name} on ${gpuCount}`).to.equal(0);
        }
      }
    }
  });

  it("uses every GPU of every node: as copies, or as stages where tensor parallelism cannot take them all", () => {
    const stages = fits(fitVllm(model("phi-4"), { gpuCount: 4, gpuMemoryGiB: 17 }, settings()));
    expect([stages.nodeCount, stages.parallelism]).to.deep.equal([1, { tensor: 2, pipeline: 2, data: 1 }]);
    for (const m of models) {
      for (const gpuCount of [1, 2, 3, 4, 6, 8, 16]) {
        for (const gpuMemoryGiB of [12, 16, 24, 80, 141]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, settings());
          if (isMisfit(fit)) continue;
          const { tensor, pipeline, data } = fit.parallelism;
          expect(tensor * pipeline * data, `${m.name} on ${gpuCount} × ${gpuMemoryGiB}`).to.equal(
            fit.nodeCount * gpuCount,
          );
          expect(pipeline).to.be.at.most(m.layers);
        }
      }
    }
  });

  it("never has more stages than layers, and says no where that many nodes do not do", () => {
    const cache: readonly LayerCache[] = [{ kind: "attention", layers: 3, kvHeads: 1, headDim: 64 }];
    const flat = shaped({ cache, attentionHeads: 1, weightsGiB: 60 });
    expect(splits(flat, { gpuCount: 1, nodeCount: 4, stages: true })).to.deep.equal([]);
    expect(fits(fitVllm(flat, { gpuCount: 1, gpuMemoryGiB: 40 }, settings())).nodeCount).to.equal(3);
    expect(isMisfit(fitVllm(flat, { gpuCount: 1, gpuMemoryGiB: 24 }, settings()))).to.equal(true);
  });

  it("takes one node only where the server cannot make stages of the architecture", () => {
    const whole = { ...settings(), stages: false };
    for (const gpuMemoryGiB of [16, 24]) {
      expect(isMisfit(fitVllm(model("phi-4"), { gpuCount: 1, gpuMemoryGiB }, whole))).to.equal(true);
      const four = fitVllm(model("phi-4"), { gpuCount: 4, gpuMemoryGiB }, whole);
      expect(isMisfit(four) ? undefined : four.parallelism.pipeline).to.equal(gpuMemoryGiB === 24 ? 1 : undefined);
    }
  });

  it("weighs the fullest stage where layers do not divide evenly", () => {
    const cache: readonly LayerCache[] = [{ kind: "attention", layers: 3, kvHeads: 1, headDim: 64 }];
    const uneven = shaped({ cache, attentionHeads: 1, weightsGiB: 60 });
    const { memory, nodeCount } = fits(fitVllm(uneven, { gpuCount: 1, gpuMemoryGiB: 60 }, settings()));
    expect([nodeCount, memory.weightsGiB]).to.deep.equal([2, 40.8]);
  });

  it("holds the embedding on one stage beside its share of the layers", () => {
    const cache: readonly LayerCache[] = [{ kind: "attention", layers: 4, kvHeads: 1, headDim: 64 }];
    // 2^18 × 2^12 × 2 bytes = 2 GiB; (40.8 - 2) ÷ 2 + 2 = 21.4.
    const wide = { cache, attentionHeads: 1, weightsGiB: 40, hiddenSize: 4096, vocabularySize: 262_144 };
    const gpu = { gpuCount: 1, gpuMemoryGiB: 40 };
    expect(fits(fitVllm(shaped(wide), gpu, settings())).memory.weightsGiB).to.equal(21.4);
    const { vocabularySize: _, ...unknown } = wide;
    expect(fits(fitVllm(shaped(unknown), gpu, settings())).memory.weightsGiB).to.equal(20.4);
    // Without stages it is one weight among others.
    expect(fits(fitVllm(shaped(wide), { ...gpu, gpuMemoryGiB: 80 }, settings())).memory.weightsGiB).to.equal(40.8);
  });

  it("gives adapters of mixtures in fp8 no split that vLLM takes none with", () => {
    const h200 = { gpuCount: 8, gpuMemoryGiB: 141, gpuModel: "H200" };
    const minimax = model("minimax-m2.7");
    const plain = fits(fitVllm(minimax, h200, settings())).parallelism;
    expect(plain, "experts over 8 GPUs, layers over fewer").to.deep.equal({ tensor: 4, pipeline: 1, data: 2 });
    for (const m of models) {
      for (const gpuCount of [2, 4, 8]) {
        for (const gpuMemoryGiB of [40, 80, 141, 180]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, settings({}, 1));
          if (isMisfit(fit) || m.experts === undefined || m.quantization?.method !== "fp8") continue;
          const { tensor, data } = fit.parallelism;
          expect(Math.min(tensor, data), `${m.name} on ${gpuCount} × ${gpuMemoryGiB}`).to.equal(1);
        }
      }
    }
  });

  it("takes the context a flag states, and needs less for less", () => {
    const m = model("phi-3-mini-128k-instruct");
    const { memory } = fits(fitVllm(m, A100, settings({ "max-model-len": "4096" })));
    expect(memory.maxModelLen).to.equal(4096);
    expect(memory.maxConcurrency).to.be.greaterThan(32 * fits(fitVllm(m, A100, settings())).memory.maxConcurrency - 32);
    expect(wantedContext(m, settings({ "max-model-len": "9999999" }))).to.equal(m.contextTokens);
  });

  it("reserves more for the batches of the throughput mode", () => {
    const overhead = (flags: { readonly [flag: string]: string }): number =>
      fits(fitVllm(model("phi-4"), A100, settings(flags))).memory.overheadGiB;
    // 8,192 more tokens × 5,120 × 24 bytes = 0.94 GiB.
    expect(overhead({ "performance-mode": "throughput" }) - overhead({})).to.be.closeTo(0.94, 0.011);
    expect(overhead({ "performance-mode": "interactivity" })).to.equal(overhead({}));
    expect(overhead({ "max-num-batched-tokens": "16384" })).to.equal(overhead({ "performance-mode": "throughput" }));
  });

  it("reckons a LoRA slot from rank, layers and widths", () => {
    const kv = (adapters: number): number =>
      fits(fitVllm(model("phi-4"), A100, settings({}, adapters))).memory.kvCacheGiB;
    // What vLLM allocates at rank 64 in 16 bit: (q 5,120 + 5,120, k and v 5,120 + 1,280, o as q, three of the MLP 5,120 + 17,920)
    // = 102,400 numbers per rank and layer, × 64 × 40 × 2 bytes = 0.488 GiB. Never less, and not twice as much.
    const slot = (kv(0) - kv(4)) / 4;
    expect(slot).to.be.within(0.488, 0.976);
  });

  it("cuts the context of a 128k model to what 16 GiB hold under transformers", () => {
    const v100 = { gpuCount: 1, gpuMemoryGiB: 16, gpuModel: "V100" };
    const { memory } = fits(fitTransformers(model("phi-3-mini-128k-instruct"), v100, settings()));
    // 16 × 0.98 × 0.84 - 7.26 - 2.66 = 3.25 GiB ÷ 384 KiB.
    expect([memory.maxModelLen, memory.kvCacheGiB]).to.deep.equal([8848, 3.25]);
  });

  it("says what is needed and what there is when a model does not fit", () => {
    expect(fitTransformers(model("phi-4"), { gpuCount: 1, gpuMemoryGiB: 16 }, settings())).to.deep.equal({
      neededGiB: 31.94,
      availableGiB: 13.17,
    });
    const tiny = { gpuCount: 1, gpuMemoryGiB: 2 };
    expect(fitVllm(model("phi-4"), tiny, settings())).to.deep.equal({ neededGiB: 31.94, availableGiB: 1.65 });
  });
});

describe(`memory fit in general (SEED=${SEED})`, () => {
  const any = { seed: SEED, numRuns: 4000 };
  const anyModel = fc.constantFrom(...models);
  const memory = fc.integer({ min: 4, max: 200 });

  it("gives no less for more memory per GPU", () => {
    fc.assert(
      fc.property(anyModel, fc.constantFrom(1, 2, 3, 4, 6, 8), memory, memory, (m, gpuCount, a, b) => {
        const less = fitVllm(m, { gpuCount, gpuMemoryGiB: Math.min(a, b) }, settings());
        if (isMisfit(less)) return;
        const more = fits(fitVllm(m, { gpuCount, gpuMemoryGiB: Math.max(a, b) }, settings()));
        expect(more.nodeCount).to.be.at.most(less.nodeCount);
        if (more.nodeCount === less.nodeCount) expect(more.memory.maxModelLen).to.be.at.least(less.memory.maxModelLen);
      }),
      any,
    );
  });

  it("gives no less for twice the GPUs on a node", () => {
    fc.assert(
      fc.property(anyModel, fc.constantFrom(1, 2, 4, 8), memory, (m, gpuCount, gpuMemoryGiB) => {
        const less = fitVllm(m, { gpuCount, gpuMemoryGiB }, settings());
        if (isMisfit(less)) return;
        const more = fits(fitVllm(m, { gpuCount: gpuCount * 2, gpuMemoryGiB }, settings()));
        expect(more.nodeCount).to.be.at.most(less.nodeCount);
        if (more.nodeCount === less.nodeCount) expect(more.memory.maxModelLen).to.be.at.least(less.memory.maxModelLen);
      }),
      any,
    );
  });

  it("needs no more for a smaller context", () => {
    const tokens = fc.integer({ min: 1, max: 300_000 });
    fc.assert(
      fc.property(anyModel, fc.constantFrom(1, 2, 4, 8), memory, tokens, (m, gpuCount, gpuMemoryGiB, most) => {
        const whole = fitVllm(m, { gpuCount, gpuMemoryGiB }, settings());
        if (isMisfit(whole)) return;
        const part = fits(fitVllm(m, { gpuCount, gpuMemoryGiB }, settings({ "max-model-len": String(most) })));
        expect(part.nodeCount).to.be.at.most(whole.nodeCount);
        expect(part.memory.maxModelLen).to.be.at.least(Math.min(most, whole.memory.maxModelLen));
      }),
      any,
    );
  });
});
