import type { Model } from "../catalogue.ts";
import { type Split, stageLayers } from "./splits.ts";

// KAITO v0.12 estimator: weights grow by 2 % when loaded.
export const LOADED_WEIGHT_FACTOR = 1.02;
const BITS_PER_BYTE = 8;
const BITS_UNQUANTISED = 16;

/**
 * Weights on the fullest GPU, GiB. Files hold them in the form they are loaded in, quantised or not, so size on disk is
 * size in memory. Tensor parallelism divides every layer (experts, too: whole experts or slices of each come to the same);
 * stages take whole layers. Embeddings on the first stage and the output layer on the last weigh like the layers they
 * stand in for; the rest is within the overhead's 5 %.
 */
export function weightsOnGpuGiB(model: Model, { tensor, pipeline }: Split): number {
  const share = stageLayers(model.layers, pipeline) / model.layers;
  return (loadedGiB(model) * share) / tensor;
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
