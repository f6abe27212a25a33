import type { Model } from "../catalogue.ts";
import { type Split, stageLayers } from "./splits.ts";

// KAITO v0.12 estimator: weights grow by 2 % when loaded.
export const LOADED_WEIGHT_FACTOR = 1.02;
const BITS_PER_BYTE = 8;
const BITS_UNQUANTISED = 16;

/**
 * Weights on the fullest GPU, GiB. Files hold them in the form they are loaded in, quantised or not, so size on disk is
 * size in memory. Tensor parallelism divides every layer (experts, too: whole experts or slices of each come to the same);
 * stages take whole layers. The first stage holds the embedding beside them, and the last the output layer, which is as
 * large, or the embedding again where both are one (vLLM 0.25.1 places no fewer layers there, distributed/utils.py,
 * get_pp_indices).
 */
export function weightsOnGpuGiB(model: Model, { tensor, pipeline }: Split): number {
  const share = stageLayers(model.layers, pipeline) / model.layers;
  const embedding = Math.min(embeddingGiB(model), loadedGiB(model));
  return ((loadedGiB(model) - embedding) * share + embedding) / tensor;
}

/** The embedding, which quantisation leaves in 16 bit, GiB; 0 where the vocabulary is not known. */
function embeddingGiB({ vocabularySize = 0, hiddenSize }: Model): number {
  return (vocabularySize * hiddenSize * BITS_UNQUANTISED) / BITS_PER_BYTE / 1024 ** 3;
}

/** Weights of one whole copy, GiB. */
export function loadedGiB(model: Model): number {
  return model.weightsGiB * LOADED_WEIGHT_FACTOR;
}

/** How many parameters the weights can have at most. */
export function parameterCount(model: Model): number {
  const bits = model.quantization?.bits ?? BITS_UNQUANTISED;
  return (model.weightsGiB * 1024 ** 3 * BITS_PER_BYTE) / bits;
}
