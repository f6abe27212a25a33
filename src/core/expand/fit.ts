import type { Model } from "../catalogue.ts";
import type { ExpansionMemory, ExpansionParallelism } from "../kinds/expansion.ts";

/** The GPUs of one node, as far as memory goes. */
export interface Hardware {
  readonly gpuCount: number;
  /** Memory of one GPU. */
  readonly gpuMemoryGiB: number;
  readonly gpuModel?: string;
}

export interface Fit {
  readonly nodeCount: number;
  readonly parallelism: ExpansionParallelism;
  readonly memory: ExpansionMemory;
}

/** Why a model does not fit: what one GPU must hold for the smallest context, and what it has. */
export interface Misfit {
  readonly neededGiB: number;
  readonly availableGiB: number;
}

const BYTES_PER_GIB = 1024 ** 3;
// KAITO v0.12 estimator: weights grow by 2 % when loaded; 2.3 GiB and 5 % of the weights go to runtime and activations.
const LOADED_WEIGHT_FACTOR = 1.02;
const BASE_OVERHEAD_GIB = 2.3;
const OVERHEAD_PER_WEIGHT = 0.05;
// KAITO v0.12 starts vLLM with these shares of GPU memory; its A10 value is lower because that card reserves more.
const GPU_MEMORY_UTILIZATION = 0.84;
const GPU_MEMORY_UTILIZATION_BY_MODEL: { readonly [gpu: string]: number } = { A10: 0.82 };
// One LoRA slot of rank 64 on the attention and MLP matrices of a 14 B model in 16 bit, rounded up.
const ADAPTER_GIB = 0.25;
// KAITO sizes for one sequence of 2,048 tokens; less context than that is of no use to anyone.
export const SMALLEST_CONTEXT_TOKENS = 2048;
// vLLM hands out the KV cache in blocks of 16 tokens.
const KV_BLOCK_TOKENS = 16;
// Beyond this the bubbles of pipeline parallelism eat the gain; also a bound for hostile sizes.
const MOST_NODES = 16;
// 16 bit each.
const KV_BYTES_PER_ELEMENT = 2;

export function gpuMemoryUtilization(gpuModel: string | undefined): number {
  return GPU_MEMORY_UTILIZATION_BY_MODEL[gpuModel ?? ""] ?? GPU_MEMORY_UTILIZATION;
}

/** KV cache of one token in all layers and heads, bytes. */
export function kvBytesPerToken(model: Model): number {
  let elements = 0;
  for (const group of model.cache) {
    if (group.kind === "attention") elements += group.layers * group.kvHeads * group.headDim * 2;
    if (group.kind === "mla") elements += group.layers * group.latentDim;
  }
  return elements * KV_BYTES_PER_ELEMENT;
}

/** Key-value heads that tensor parallelism can shard; a latent cache has none and is copied. */
export function kvHeads(model: Model): number {
  const heads = model.cache.flatMap((group) => (group.kind === "attention" ? [group.kvHeads] : []));
  return Math.min(...heads, model.attentionHeads);
}

/**
 * Places a model on nodes of one kind under vLLM: the fewest nodes, and on them the least tensor parallelism that
 * gives the model's whole context, else the one that gives the longest. GPUs that tensor parallelism cannot use hold
 * further stages of the pipeline: Ray packs workers, so on several nodes every GPU has to have one.
 */
export function fitVllm(model: Model, hardware: Hardware, adapters: number): Fit | Misfit {
  const { gpuCount } = hardware;
  const tensors = tensorSizes(model, gpuCount);
  const widest = tensors.at(-1) ?? 1;
  let closest: Misfit | undefined;
  for (let nodeCount = 1; nodeCount <= MOST_NODES; nodeCount++) {
    const whole: Split = { tensor: widest, pipeline: (nodeCount * gpuCount) / widest, adapters };
    if (whole.pipeline > model.layers) break;
    const copies = tensors.map((tensor): Split => ({ tensor, pipeline: 1, adapters }));
    const splits = nodeCount > 1 || whole.pipeline > 1 ? [whole] : [];
    const candidates = (nodeCount === 1 ? [...copies, ...splits] : splits).map((split) =>
      onGpu(model, hardware, split),
    );
    const fitting = candidates.filter(({ tokens }) => tokens >= smallestContext(model));
    const best = fitting.find(({ tokens }) => tokens >= model.contextTokens) ?? fitting.at(-1);
    if (best !== undefined) return asFit(model, hardware, best, nodeCount);
    const last = candidates.at(-1);
    if (last !== undefined) closest ??= { neededGiB: round(last.neededGiB), availableGiB: round(last.usableGiB) };
  }
  return closest ?? { neededGiB: model.weightsGiB, availableGiB: 0 };
}

/**
 * Places a model on one node under transformers, whose device map spreads layers over all GPUs of the node.
 * Contexts longer than what fits end in an out-of-memory error: that server has no limit of its own.
 */
export function fitTransformers(model: Model, hardware: Hardware): Fit | Misfit {
  const gpus = hardware.gpuCount;
  const weightsGiB = (model.weightsGiB * LOADED_WEIGHT_FACTOR) / gpus;
  const usableGiB = hardware.gpuMemoryGiB * gpuMemoryUtilization(hardware.gpuModel);
  const overheadGiB = BASE_OVERHEAD_GIB + weightsGiB * OVERHEAD_PER_WEIGHT;
  const kvCacheGiB = usableGiB - weightsGiB - overheadGiB;
  const tokens = Math.floor((kvCacheGiB * gpus * BYTES_PER_GIB) / kvBytesPerToken(model));
  const smallest = smallestContext(model);
  if (tokens < smallest) {
    const neededGiB = weightsGiB + overheadGiB + (smallest * kvBytesPerToken(model)) / BYTES_PER_GIB / gpus;
    return { neededGiB: round(neededGiB), availableGiB: round(usableGiB) };
  }
  const placed = { tensor: 1, pipeline: 1, weightsGiB, overheadGiB, kvCacheGiB, tokens, neededGiB: 0, usableGiB };
  const fit = asFit(model, { ...hardware, gpuCount: 1 }, placed, 1);
  return { ...fit, memory: { ...fit.memory, perGpuGiB: hardware.gpuMemoryGiB } };
}

export function isMisfit(result: Fit | Misfit): result is Misfit {
  return "neededGiB" in result;
}

export function smallestContext(model: Model): number {
  return Math.min(SMALLEST_CONTEXT_TOKENS, model.contextTokens);
}

/** Over how many GPUs one copy of a model is spread, and what it carries beside the weights. */
interface Split {
  readonly tensor: number;
  readonly pipeline: number;
  readonly adapters: number;
}

interface Placed {
  readonly tensor: number;
  readonly pipeline: number;
  readonly weightsGiB: number;
  readonly overheadGiB: number;
  readonly kvCacheGiB: number;
  /** Tokens of KV cache that fit in one model copy. */
  readonly tokens: number;
  readonly neededGiB: number;
  readonly usableGiB: number;
}

/**
 * Tensor parallel sizes that use whole shares of a node's GPUs and that vLLM can start with, ascending: they divide the
 * attention heads, and key-value heads are spread evenly or each copied equally often (vLLM asserts both).
 */
export function tensorSizes(model: Model, gpuCount: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = 1; size <= gpuCount; size++) {
    const even = kvHeads(model) % size === 0 || size % kvHeads(model) === 0;
    if (gpuCount % size === 0 && model.attentionHeads % size === 0 && even) sizes.push(size);
  }
  return sizes;
}

function onGpu(model: Model, hardware: Hardware, split: Split): Placed {
  const weightsGiB = (model.weightsGiB * LOADED_WEIGHT_FACTOR) / (split.tensor * split.pipeline);
  const overheadGiB = BASE_OVERHEAD_GIB + weightsGiB * OVERHEAD_PER_WEIGHT + split.adapters * ADAPTER_GIB;
  const usableGiB = hardware.gpuMemoryGiB * gpuMemoryUtilization(hardware.gpuModel);
  const kvCacheGiB = usableGiB - weightsGiB - overheadGiB;
  // Key-value heads are sharded as far as there are any; beyond that they are replicated. Layers split by stage.
  const shards = Math.min(split.tensor, kvHeads(model));
  const stageLayers = Math.ceil(model.layers / split.pipeline);
  const bytesPerToken = (kvBytesPerToken(model) / model.layers / shards) * stageLayers;
  const tokens = Math.floor((kvCacheGiB * BYTES_PER_GIB) / bytesPerToken);
  const neededGiB = weightsGiB + overheadGiB + (smallestContext(model) * bytesPerToken) / BYTES_PER_GIB;
  const { tensor, pipeline } = split;
  return { tensor, pipeline, weightsGiB, overheadGiB, kvCacheGiB, tokens, neededGiB, usableGiB };
}

function asFit(model: Model, hardware: Hardware, placed: Placed, nodeCount: number): Fit {
  const { tensor, pipeline } = placed;
  const cut = Math.floor(placed.tokens / KV_BLOCK_TOKENS) * KV_BLOCK_TOKENS;
  const maxModelLen = placed.tokens >= model.contextTokens ? model.contextTokens : cut;
  return {
    nodeCount,
    parallelism: { tensor, pipeline, data: pipeline === 1 ? hardware.gpuCount / tensor : 1 },
    memory: {
      perGpuGiB: hardware.gpuMemoryGiB,
      weightsGiB: round(placed.weightsGiB),
      overheadGiB: round(placed.overheadGiB),
      kvCacheGiB: round(placed.kvCacheGiB),
      maxModelLen,
      maxConcurrency: Math.max(1, Math.floor(placed.tokens / maxModelLen)),
    },
  };
}

/** Two decimals, the precision of every GiB in an expansion. */
export function round(gib: number): number {
  return Math.round(gib * 100) / 100;
}

// Weights in nf4 with double quantisation take 4.13 of 16 bit, embeddings and norms stay in 16 bit: 0.3 in all.
const TUNING_WEIGHT_FACTOR: { readonly [method: string]: number } = { lora: LOADED_WEIGHT_FACTOR, qlora: 0.3 };
// Activations of one sample with gradient checkpointing off, optimizer state of a rank 8 adapter, CUDA context.
const TUNING_OVERHEAD_GIB = 4;

/** Memory of one GPU that tuning with batch size 1 needs: every GPU holds a whole copy of the weights. */
export function tuningNeedGiB(model: Model, method: string): number {
  return round(model.weightsGiB * (TUNING_WEIGHT_FACTOR[method] ?? LOADED_WEIGHT_FACTOR) + TUNING_OVERHEAD_GIB);
}
