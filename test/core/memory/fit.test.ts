import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Model } from "../../../src/core/catalogue.ts";
import {
  type Fit,
  fitTransformers,
  fitVllm,
  isMisfit,
  kvBytesPerToken,
  type Misfit,
  tensorSizes,
} from "../../../src/core/expand/fit.ts";
import { offers } from "../../../src/core/expand/size.ts";
import { catalogue } from "../support/workspaces.ts";

const { models: all } = catalogue.current;
const models = all.filter((m) => m.cache.length === 1 && m.cache[0]?.kind === "attention");
const kvHeads = (m: Model): number => (m.cache[0]?.kind === "attention" ? m.cache[0].kvHeads : 0);
const headDim = (m: Model): number => (m.cache[0]?.kind === "attention" ? m.cache[0].headDim : 0);
const model = (name: string): Model => models.find((m) => m.name === name) as Model;
const fits = (result: Fit | Misfit): Fit => {
  if (isMisfit(result)) throw new Error(`expected a fit, got ${JSON.stringify(result)}`);
  return result;
};

describe("memory fit", () => {
  it("reckons the KV cache of a token as KAITO does for MHA and GQA", () => {
    expect(kvBytesPerToken(model("phi-3-mini-4k-instruct"))).to.equal(393_216);
    expect(kvBytesPerToken(model("phi-4"))).to.equal(204_800);
    expect(kvBytesPerToken(model("phi-4-mini-instruct"))).to.equal(131_072);
  });

  it("puts phi-4 on one A100 with its whole context", () => {
    const fit = fits(fitVllm(model("phi-4"), { gpuCount: 1, gpuMemoryGiB: 80, gpuModel: "A100" }, 0));
    expect(fit).to.deep.equal({
      nodeCount: 1,
      parallelism: { tensor: 1, pipeline: 1, data: 1 },
      memory: {
        perGpuGiB: 80,
        weightsGiB: 27.86,
        overheadGiB: 3.69,
        kvCacheGiB: 35.65,
        maxModelLen: 16384,
        maxConcurrency: 11,
      },
    });
  });

  it("spreads phi-4 over two A10 nodes", () => {
    const fit = fits(fitVllm(model("phi-4"), { gpuCount: 1, gpuMemoryGiB: 24, gpuModel: "A10" }, 0));
    expect([fit.nodeCount, fit.parallelism.pipeline, fit.memory.maxModelLen]).to.deep.equal([2, 2, 16384]);
  });

  it("never picks a tensor parallelism that does not divide the attention heads and the GPUs", () => {
    // 16 is a multiple of the 8 key-value heads of phi-4-mini, and does not divide its 24 attention heads.
    expect(tensorSizes(model("phi-4-mini-instruct"), 16)).to.deep.equal([1, 2, 4, 8]);
    for (const m of models) {
      for (let gpuCount = 1; gpuCount <= 16; gpuCount++) {
        for (const gpuMemoryGiB of [12, 16, 24, 80]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, 0);
          if (isMisfit(fit)) continue;
          expect(m.attentionHeads % fit.parallelism.tensor).to.equal(0);
          expect(gpuCount % fit.parallelism.tensor).to.equal(0);
        }
      }
    }
  });

  it("never picks a tensor parallelism vLLM would not start with: key-value heads spread unevenly", () => {
    // phi-4 and phi-3-medium have 10: vLLM asserts 10 % 4 = 0 and stops.
    const four = fits(fitVllm(model("phi-4"), { gpuCount: 4, gpuMemoryGiB: 24 }, 0));
    expect(four.parallelism).to.deep.equal({ tensor: 2, pipeline: 1, data: 2 });
    for (const m of models) {
      for (let gpuCount = 1; gpuCount <= 16; gpuCount++) {
        const fit = fitVllm(m, { gpuCount, gpuMemoryGiB: 16 }, 0);
        if (isMisfit(fit)) continue;
        const { tensor } = fit.parallelism;
        expect(kvHeads(m) % tensor === 0 || tensor % kvHeads(m) === 0, `${m.name} on ${gpuCount}`).to.equal(true);
      }
    }
  });

  it("uses every GPU of every node: as copies, or as stages where tensor parallelism cannot take them all", () => {
    const stages = fits(fitVllm(model("phi-4"), { gpuCount: 4, gpuMemoryGiB: 16 }, 0));
    expect([stages.nodeCount, stages.parallelism]).to.deep.equal([1, { tensor: 2, pipeline: 2, data: 1 }]);
    for (const m of models) {
      for (const gpuCount of [1, 2, 3, 4, 6, 8, 16]) {
        for (const gpuMemoryGiB of [6, 12, 16, 24, 80]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, 0);
          if (isMisfit(fit)) continue;
          const { tensor, pipeline, data } = fit.parallelism;
          expect(tensor * pipeline * data, `${m.name} on ${gpuCount} × ${gpuMemoryGiB}`).to.equal(
            fit.nodeCount * gpuCount,
          );
        }
      }
    }
  });

  it("fits by arithmetic of its own: weights, overhead and cache of what is promised stay under the share of memory", () => {
    const gib = 1024 ** 3;
    for (const m of models) {
      for (const gpuCount of [1, 2, 4, 8]) {
        for (const gpuMemoryGiB of [12, 16, 24, 40, 80]) {
          const fit = fitVllm(m, { gpuCount, gpuMemoryGiB }, 0);
          if (isMisfit(fit)) continue;
          const { tensor, pipeline } = fit.parallelism;
          const weights = (m.weightsGiB * gib * 1.02) / (tensor * pipeline);
          const overhead = 2.3 * gib + weights * 0.05;
          const layers = Math.ceil(m.layers / pipeline);
          const heads = Math.ceil(kvHeads(m) / tensor);
          const cache = (tokens: number): number => tokens * layers * heads * headDim(m) * 2 * 2;
          const room = gpuMemoryGiB * gib * 0.84 - weights - overhead;
          const { maxModelLen, maxConcurrency } = fit.memory;
          expect(cache(maxModelLen * maxConcurrency)).to.be.at.most(room);
          expect(cache(maxModelLen * (maxConcurrency + 1))).to.be.greaterThan(room);
          if (maxModelLen < m.contextTokens) expect(cache(maxModelLen + 16)).to.be.greaterThan(room);
        }
      }
    }
  });

  it("needs the nodes that KAITO's estimator gives at 2,048 tokens", () => {
    // presets.csv of KAITO v0.12 has 2 for models of 27 GiB on one A10, 1 for all others of these families.
    const a10 = { gpuCount: 1, gpuMemoryGiB: 24, gpuModel: "A10" };
    const nodes = models.map((m) => [m.name, fits(fitVllm(m, a10, 0)).nodeCount]);
    expect(
      nodes
        .filter(([, count]) => count !== 1)
        .map(([name]) => name)
        .toSorted(),
    ).to.deep.equal(["phi-3-medium-128k-instruct", "phi-3-medium-4k-instruct", "phi-4"]);
    for (const m of models)
      expect(fits(fitVllm(m, { gpuCount: 1, gpuMemoryGiB: 80, gpuModel: "A100" }, 0)).nodeCount).to.equal(1);
  });

  it("takes 0.82 of an A10, as its vLLM is started, and a share for every adapter", () => {
    const memory = (gpuModel: string, adapters: number): number =>
      fits(fitVllm(model("phi-4-mini-instruct"), { gpuCount: 1, gpuMemoryGiB: 24, gpuModel }, adapters)).memory
        .kvCacheGiB;
    expect(memory("A10G", 0) - memory("A10", 0)).to.be.closeTo(0.48, 0.011);
    expect(memory("A10", 0) - memory("A10", 4)).to.be.closeTo(1, 0.011);
  });

  it("cuts the context of a 128k model to what 16 GiB hold", () => {
    const { memory } = fits(
      fitTransformers(model("phi-3-mini-128k-instruct"), { gpuCount: 1, gpuMemoryGiB: 16, gpuModel: "V100" }),
    );
    expect([memory.maxModelLen, memory.kvCacheGiB]).to.deep.equal([9584, 3.51]);
  });

  it("says what is needed and what there is when a model does not fit", () => {
    expect(fitTransformers(model("phi-4"), { gpuCount: 1, gpuMemoryGiB: 16 })).to.deep.equal({
      neededGiB: 31.94,
      availableGiB: 13.44,
    });
  });

  it("is monotone: more memory per GPU never needs more nodes, nor gives less context on the same nodes", () => {
    const gib = fc.integer({ min: 4, max: 200 });
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.constantFrom(1, 2, 4, 8), gib, gib, (m, gpuCount, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((gpuMemoryGiB) =>
          fitVllm(m, { gpuCount, gpuMemoryGiB }, 0),
        );
        if (less === undefined || more === undefined || isMisfit(less)) return;
        const grown = fits(more);
        expect(grown.nodeCount).to.be.at.most(less.nodeCount);
        if (grown.nodeCount === less.nodeCount)
          expect(grown.memory.maxModelLen).to.be.at.least(less.memory.maxModelLen);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("size choice", () => {
  it("offers verified sizes of the region only, cheapest first", () => {
    for (const m of models) {
      const found = offers(catalogue.current, { model: m, adapters: 0 }, "eastus");
      expect(found.length).to.be.greaterThan(0);
      expect(found.map((o) => o.hourlyPriceUsd)).to.deep.equal(
        found.map((o) => o.hourlyPriceUsd).toSorted((a, b) => a - b),
      );
      for (const { type } of found) {
        expect(Number(type.computeCapability)).to.be.at.least(8);
        expect([type.gpuVendor, type.confidential, type.retiredOn]).to.deep.equal(["nvidia", false, undefined]);
      }
    }
  });

  it("counts every node of a replica in the price", () => {
    const offer = offers(catalogue.current, { model: model("phi-4"), adapters: 0 }, "eastus").find(
      (o) => o.nodeCount === 2,
    );
    expect(offer).to.include({ nodeCount: 2, hourlyPriceUsd: 6.4 });
  });

  it("offers nothing where no price is known", () => {
    expect(offers(catalogue.current, { model: model("phi-4"), adapters: 0 }, "nowhere")).to.deep.equal([]);
  });
});
