import type { LayerCache, Model, Release } from "../../../src/core/catalogue.ts";
import { settingsOf } from "../../../src/core/expand/fit.ts";
import type { Expansion } from "../../../src/core/kinds/workspace.ts";
import { place, usableGiB } from "../../../src/core/memory/fit.ts";
import { blocksOf, type CachePlan } from "../../../src/core/memory/kv-cache.ts";
import { layerKinds } from "../../../src/core/memory/layer-kinds.ts";
import type { MemorySettings } from "../../../src/core/memory/settings.ts";
import { type Split, stageLayers } from "../../../src/core/memory/splits.ts";
import { type Hardware, visibleGiB } from "../../../src/core/memory/visible-memory.ts";

/** How the memory of one GPU is spent, step by step, for who reads a golden file; every number is worked out here. */
export function arithmetic(release: Release, model: Model, expansion: Expansion): readonly string[] {
  const { gpu, memory, preset } = expansion;
  const image = release.runtimes.find(
    ({ name, runtime }) => runtime === preset?.runtime && (model.runtimes?.includes(name) ?? true),
  );
  if (gpu?.memoryGiB === undefined || memory === undefined || image === undefined) return [];
  const hardware = {
    gpuCount: gpu.perNode,
    gpuMemoryGiB: gpu.memoryGiB,
    ...(gpu.model === undefined ? {} : { gpuModel: gpu.model }),
  };
  const settings = settingsOf(release, { model, image, adapters: 0 }, gpu.model);
  const { tensor, pipeline } = expansion.parallelism ?? { tensor: 1, pipeline: 1 };
  const split = { tensor, pipeline };
  return image.runtime === "vllm"
    ? [...spread(model, split), ...layers(model, split, settings), ...spent(model, hardware, split, settings, memory)]
    : [...layers(model, split, settings), ...spentByTransformers(model, hardware, settings, memory)];
}

type Memory = NonNullable<Expansion["memory"]>;

function spread({ attentionHeads, layers: count }: Model, { tensor, pipeline }: Split): readonly string[] {
  const heads = `${attentionHeads} attention heads ÷ ${tensor} = ${attentionHeads / tensor} on a GPU`;
  return [`${heads}, ${count} layers ÷ ${pipeline} = ${stageLayers(count, pipeline)} in the largest stage`];
}

/** A line for every kind of layer, and what a token costs on the fullest GPU where no window bounds it. */
function layers(model: Model, split: Split, settings: MemorySettings): readonly string[] {
  const lines = model.cache.map((cache) => layerLine(cache, split, settings));
  const kinds = layerKinds(model, split, settings).filter(
    ({ state, mostTokens }) => !state && mostTokens === undefined,
  );
  const bytes = kinds.reduce((sum, kind) => sum + stageLayers(kind.layers, split.pipeline) * kind.bytes, 0);
  return bytes === 0 ? lines : [...lines, `a token without a window: ${grouped(bytes)} bytes on a GPU`];
}

function layerLine(cache: LayerCache, { tensor }: Split, { fp8Cache }: MemorySettings): string {
  const of = `${cache.layers} layers, ${cache.kind}`;
  const width = fp8Cache ? "1 byte" : "2 bytes";
  switch (cache.kind) {
    case "attention": {
      const { kvHeads, headDim, windowTokens } = cache;
      const heads = `${kvHeads} key-value heads ÷ ${tensor}, at least 1, × ${headDim} × 2 × ${width}`;
      return `${of}${windowTokens === undefined ? "" : ` of ${grouped(windowTokens)} tokens`}: ${heads}`;
    }
    case "mla":
      return `${of}: ${cache.latentDim} × ${width}${cache.indexerBytes === undefined ? "" : ` + ${cache.indexerBytes}`}, a copy on every GPU`;
    case "state":
      return `${of}: ${grouped(cache.bytesPerSequence)} bytes of a sequence ÷ ${tensor}`;
    case "compressed": {
      const windows = cache.windows.map((one) => `${one.bytesPerToken} of ${grouped(one.windowTokens)} tokens`);
      return `${of}: ${cache.bytesPerToken} bytes of a token, and windows: ${windows.join(", ")}`;
    }
    case "none":
      return `${of} kept`;
  }
}

function spent(
  model: Model,
  hardware: Hardware,
  split: Split,
  settings: MemorySettings,
  { maxModelLen, maxConcurrency }: Memory,
): readonly string[] {
  const placed = place(model, hardware, split, settings);
  const { weightsGiB, overheadGiB, kvCacheGiB, plan, blocks } = placed;
  return [
    `weights: ${gib(model.weightsGiB)} on disk, ${gib(weightsGiB)} on a GPU`,
    `overhead: ${gib(overheadGiB)} for CUDA graphs, activations and the runtime`,
    usable(hardware, settings),
    `KV cache: ${gib(usableGiB(hardware, settings))} - ${gib(weightsGiB)} - ${gib(overheadGiB)} = ${gib(kvCacheGiB)}`,
    `${grouped(blocks)} blocks of ${grouped(plan.blockBytes)} bytes; ${sequence(plan, maxModelLen)}`,
    `context: ${grouped(maxModelLen)} of ${grouped(model.contextTokens)} tokens, ${maxConcurrency} at once`,
  ];
}

function sequence(plan: CachePlan, tokens: number): string {
  return `${grouped(tokens)} tokens hold ${grouped(blocksOf(plan, tokens))}`;
}

function spentByTransformers(
  model: Model,
  hardware: Hardware,
  settings: MemorySettings,
  memory: Memory,
): readonly string[] {
  const { weightsGiB, overheadGiB, kvCacheGiB, maxModelLen, maxConcurrency } = memory;
  return [
    `weights: ${gib(model.weightsGiB)} on disk, ${gib(weightsGiB)} on each of ${hardware.gpuCount}`,
    `overhead: ${gib(overheadGiB)}`,
    usable(hardware, settings),
    `KV cache: ${gib(usableGiB(hardware, settings))} - ${gib(weightsGiB)} - ${gib(overheadGiB)} = ${gib(kvCacheGiB)}`,
    `context: ${grouped(maxModelLen)} of ${grouped(model.contextTokens)} tokens, ${maxConcurrency} at once`,
  ];
}

function usable(hardware: Hardware, settings: MemorySettings): string {
  const visible = visibleGiB(hardware);
  const share = settings.gpuMemoryUtilization;
  const of = `${hardware.gpuMemoryGiB} GiB, of which CUDA shows ${gib(visible)}`;
  return `usable: ${of}, × ${share} = ${gib(usableGiB(hardware, settings))}`;
}

function gib(number: number): string {
  return `${Math.round(number * 100) / 100} GiB`;
}

/** 204,800: written here, as the machine's locale must not matter. */
function grouped(number: number): string {
  const [whole = "", fraction] = String(Math.round(number * 1000) / 1000).split(".");
  const thousands = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? thousands : `${thousands}.${fraction}`;
}
