import type { Model } from "../catalogue.ts";
import { DEFAULT_BATCHED_TOKENS, type MemorySettings } from "./settings.ts";
import { type Split, stageLayers } from "./splits.ts";
import { parameterCount } from "./weights.ts";

const BYTES_PER_GIB = 1024 ** 3;
// KAITO v0.12 estimator: 2.3 GiB and 5 % of the weights for the runtime, CUDA graphs and activations.
export const BASE_GIB = 2.3;
export const PER_WEIGHT = 0.05;
// Vectors as wide as the hidden state that live at once for a token: residual, norm, query, key, value, attention output,
// the two of the gated MLP at 3.5 hidden sizes less what is freed: 12, in 16 bit.
const ACTIVATION_BYTES_PER_HIDDEN = 24;
const LORA_BYTES = 2;

/** What one GPU holds beside weights and KV cache, GiB. */
export function overheadGiB(model: Model, weightsGiB: number, split: Split, settings: MemorySettings): number {
  // The base covers the default batch; what a flag or a mode adds comes on top.
  const moreTokens = Math.max(0, settings.batchedTokens - DEFAULT_BATCHED_TOKENS);
  const moreGiB = (moreTokens * model.hiddenSize * ACTIVATION_BYTES_PER_HIDDEN) / BYTES_PER_GIB;
  const adaptersGiB = settings.adapterSlots * adapterSlotGiB(model, split, settings.adapterRank);
  return BASE_GIB + weightsGiB * PER_WEIGHT + moreGiB + adaptersGiB;
}

/**
 * One LoRA slot on one GPU. vLLM keeps, for every linear layer, two matrices of the largest rank: rank × (inputs + outputs)
 * numbers in 16 bit, and for mixtures those of every expert. Which of the two is sharded differs by layer; here neither is.
 * The width of the MLP follows from the parameters, as if all of them were in it: never too little.
 */
export function adapterSlotGiB(model: Model, { pipeline }: Split, rank: number): number {
  const { hiddenSize, layers } = model;
  // Query, key, value and output: no projection is wider than twice the hidden state.
  const attention = 4 * (hiddenSize + 2 * hiddenSize);
  const intermediate = parameterCount(model) / layers / (3 * hiddenSize);
  const mlp = 3 * ((model.experts ?? 1) * hiddenSize + intermediate);
  return (stageLayers(layers, pipeline) * rank * (attention + mlp) * LORA_BYTES) / BYTES_PER_GIB;
}
