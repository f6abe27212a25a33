import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { catalogue, workspace } from "../support/workspaces.ts";

// The arithmetic here imports nothing of src/: it reads the files under presets/ and counts bytes on its own, by search
// where the memory model has formulas. Only the results it is compared with come from expand().

const presets = new URL("../../../presets/", import.meta.url);
const read = (path: string): unknown => parse(readFileSync(new URL(path, presets), "utf8"));

interface Layer {
  readonly kind: string;
  readonly layers: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly windowTokens?: number;
  readonly latentDim?: number;
  readonly indexerBytes?: number;
  readonly bytesPerSequence?: number;
  readonly bytesPerToken?: number;
  readonly windows?: readonly { readonly windowTokens: number; readonly bytesPerToken: number }[];
}

interface Preset {
  readonly name: string;
  readonly architecture: string;
  readonly runtimes?: readonly string[];
  readonly weightsGiB: number;
  readonly contextTokens: number;
  readonly kvSharedLayers?: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly layers: number;
  readonly attentionHeads: number;
  readonly largestTensor?: number;
  readonly cache: readonly Layer[];
  readonly quantization?: { readonly method: string };
  readonly bfloat16Only?: boolean;
  readonly transformersFlags?: object;
  readonly vllmFlags?: { readonly [flag: string]: string };
}

interface Size {
  readonly name: string;
  readonly gpuVendor: string;
  readonly gpuModel: string;
  readonly gpuCount: number;
  readonly gpuMemoryGiB: number;
  readonly computeCapability: string;
}

const server = read("servers/vllm-0.25.1.yaml") as {
  readonly quantizations: { readonly [method: string]: string };
  readonly architectureCapabilities: { readonly [architecture: string]: string };
  readonly withoutPipeline: readonly string[];
};
const models = readdirSync(new URL("models/", presets))
  .map((file) => read(`models/${file}`) as Preset)
  // Models of old images alone are none of vLLM's.
  .filter(({ runtimes }) => runtimes === undefined);
const sizes = ["azure", "aws"]
  .flatMap(
    (cloud) => (read(`instance-types/${cloud}.yaml`) as { readonly instanceTypes: readonly Size[] }).instanceTypes,
  )
  .filter(({ gpuVendor, computeCapability }) => gpuVendor === "nvidia" && Number(computeCapability) >= 7.5);

const GIB = 1024 ** 3;
const BATCH = 8192;

/** Bytes that one sequence takes on the fullest GPU, with the one block that is never handed out. */
function cacheBytes(model: Preset, tokens: number, tp: number, pp: number): number {
  const fp8 = model.vllmFlags?.["kv-cache-dtype"] === "fp8";
  const width = fp8 ? 1 : 2;
  const stage = (layers: number): number => Math.ceil(layers / pp);
  const packed = model.cache.find(({ kind }) => kind === "compressed");
  if (packed !== undefined) {
    const share = stage(packed.layers) / packed.layers;
    const held = (most: number): number => Math.ceil(Math.min(tokens, most) / 256) * 256;
    const grows = (held(tokens) + 256) * (packed.bytesPerToken ?? 0);
    const kept = (packed.windows ?? []).map((w) => (held(w.windowTokens - 1 + BATCH) + 256) * w.bytesPerToken);
    return share * kept.reduce((a, b) => a + b, grows);
  }
  const keeping = model.cache.filter(({ kind }) => kind !== "none");
  const perToken = (layer: Layer): number =>
    layer.kind === "mla"
      ? (layer.latentDim ?? 0) * (fp8 ? (layer.indexerBytes ? 656 / 576 : 1) : 2) + (layer.indexerBytes ?? 0)
      : Math.max(1, Math.floor((layer.kvHeads ?? 0) / tp)) * (layer.headDim ?? 0) * 2 * width;
  const mixed = keeping.some((layer) => layer.kind === "state" || layer.windowTokens !== keeping[0]?.windowTokens);
  if (!mixed) {
    const block = keeping.some(({ kind }) => kind === "mla") ? 128 : 16;
    const bytes = keeping.reduce((sum, layer) => sum + stage(layer.layers) * perToken(layer), 0);
    return (Math.ceil(tokens / block) + 1) * block * bytes;
  }
  // One page size for all, one group size for all (vLLM 0.25.1, v1/core/kv_cache_utils.py).
  const state = Math.max(0, ...keeping.map(({ bytesPerSequence = 0 }) => Math.ceil(bytesPerSequence / tp)));
  const attention = keeping.filter(({ kind }) => kind !== "state");
  const main = attention.find(({ windowTokens }) => windowTokens === undefined) ?? attention[0];
  let block = 16;
  while (main !== undefined && block * perToken(main) < state) block += 16;
  const page = Math.max(...attention.map((layer) => block * perToken(layer)));
  const counts = keeping.map(({ layers }) => layers);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const group = most < 1.5 * least ? most : least;
  let blocks = 1;
  for (const layer of keeping) {
    const groups = Math.ceil(layer.layers / group);
    if (layer.kind === "state") {
      blocks += groups;
      continue;
    }
    const own = block * perToken(layer);
    const length = page % own === 0 ? block * (page / own) : block;
    const bounded = layer.windowTokens === undefined ? tokens : Math.min(tokens, layer.windowTokens - 1 + BATCH);
    blocks += groups * (Math.ceil(bounded / length) + (layer.windowTokens === undefined ? 0 : 1));
  }
  return blocks * page * (pp === 1 ? group : Math.min(group, stage(group) + 1));
}

interface Answer {
  readonly nodes: number;
  readonly tensor: number;
  readonly pipeline: number;
  readonly kvCacheGiB: number;
  readonly tokens: number;
}

function place(model: Preset, size: Size): Answer | undefined {
  const ecc = ["A10", "A10G", "L4", "L40S", "T4"].includes(size.gpuModel) ? 0.9375 : 1;
  const usable = size.gpuMemoryGiB * ecc * 0.98 * (size.gpuModel === "A10" ? 0.82 : 0.84);
  const heads = model.cache.flatMap(({ kvHeads }) => (kvHeads === undefined ? [] : [kvHeads]));
  const tensors = [1, 2, 4, 8, 16].filter(
    (tp) =>
      size.gpuCount % tp === 0 &&
      model.attentionHeads % tp === 0 &&
      tp <= (model.largestTensor ?? tp) &&
      heads.every((count) => count % tp === 0 || tp % count === 0),
  );
  const widest = Math.max(...tensors);
  for (let nodes = 1; nodes <= 16; nodes++) {
    const pipeline = (nodes * size.gpuCount) / widest;
    const ways: (readonly [number, number])[] = nodes === 1 ? tensors.map((tp) => [tp, 1]) : [];
    const divisible = model.kvSharedLayers === undefined && !server.withoutPipeline.includes(model.architecture);
    if (pipeline > 1 && pipeline <= model.layers && divisible) {
      ways.push([widest, pipeline]);
    }
    let best: Answer | undefined;
    for (const [tensor, stages] of ways) {
      // Every stage but for its layers may hold as much as the embedding, two bytes a number.
      const embedding = (model.vocabularySize * model.hiddenSize * 2) / GIB;
      const layers = model.weightsGiB * 1.02 - embedding;
      const weights = ((layers * Math.ceil(model.layers / stages)) / model.layers + embedding) / tensor;
      const kvCacheGiB = usable - weights - 2.3 - 0.05 * weights;
      const holds = (tokens: number): boolean => cacheBytes(model, tokens, tensor, stages) <= kvCacheGiB * GIB;
      if (!holds(Math.min(2048, model.contextTokens))) continue;
      let tokens = model.contextTokens;
      for (let step = 2 ** 19; !holds(tokens); ) {
        if (tokens - step > 0 && !holds(tokens - step)) tokens -= step;
        else if (step > 1) step /= 2;
        else tokens -= 1;
      }
      if (best === undefined || (best.tokens < model.contextTokens && tokens > best.tokens)) {
        best = { nodes, tensor, pipeline: stages, kvCacheGiB, tokens };
      }
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

function supported(model: Preset, size: Size): boolean {
  const needs = [
    server.quantizations[model.quantization?.method ?? ""],
    server.architectureCapabilities[model.architecture],
  ];
  return needs.every((needed) => needed === undefined || Number(size.computeCapability) >= Number(needed));
}

function serving(preset: string, instanceType: string): ReturnType<typeof workspace> {
  const inference: JsonObject = { preset: { name: preset, presetOptions: { modelAccessSecret: "hf" } } };
  return workspace({ resource: { labelSelector: { matchLabels: { app: "m" } }, instanceType }, inference });
}

describe("memory by a second calculation", () => {
  it("has all of KAITO's models and sizes", () => {
    expect(models.length).to.be.at.least(60);
    expect(sizes.length).to.be.at.least(30);
  });

  for (const model of models) {
    it(`agrees to 1 % on every NVIDIA size: ${model.name}`, () => {
      let held = 0;
      for (const size of sizes) {
        const where = `${model.name} on ${size.name}`;
        const { expansion, issues } = expand(serving(model.name, size.name), catalogue);
        const errors = issues.filter(({ level }) => level === "error").map(({ code }) => code);
        if (!supported(model, size)) {
          // What the server cannot run there may still run under transformers.
          if (expansion === undefined)
            expect(errors, where).to.have.members([
              model.transformersFlags === undefined || model.bfloat16Only === true
                ? "runtime/unsupported-gpu"
                : "instance-type/too-small",
            ]);
          else expect(expansion.preset?.runtime, where).to.equal("transformers");
          continue;
        }
        const expected = place(model, size);
        if (expected === undefined) {
          expect(errors, where).to.deep.equal(["instance-type/too-small"]);
          continue;
        }
        held += 1;
        const { memory, parallelism, nodeCount } = expansion ?? {};
        if (memory === undefined || parallelism === undefined) throw new Error(`${where}: ${JSON.stringify(issues)}`);
        expect([nodeCount, parallelism.tensor, parallelism.pipeline], where).to.deep.equal([
          expected.nodes,
          expected.tensor,
          expected.pipeline,
        ]);
        expect(memory.kvCacheGiB, where).to.be.closeTo(expected.kvCacheGiB, 0.01 * expected.kvCacheGiB + 0.005);
        expect(memory.maxModelLen, where).to.be.closeTo(expected.tokens, 0.01 * expected.tokens + 256);
      }
      expect(held, "sizes that hold it").to.be.greaterThan(0);
    });
  }
});
