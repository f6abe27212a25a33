import type { Model } from "../catalogue.ts";
import { round } from "./fit.ts";
import { loadedGiB } from "./weights.ts";

// Weights in nf4 with double quantisation take 4.13 of 16 bit, embeddings and norms stay in 16 bit: 0.3 in all.
export const QLORA_WEIGHT_FACTOR = 0.3;
// Activations of one sample with gradient checkpointing off, optimizer state of a rank 8 adapter, CUDA context.
export const TUNING_OVERHEAD_GIB = 4;

/** Memory of one GPU that tuning with batch size 1 needs: every GPU holds a whole copy of the weights. */
export function tuningNeedGiB(model: Model, method: string): number {
  const weightsGiB = method === "qlora" ? model.weightsGiB * QLORA_WEIGHT_FACTOR : loadedGiB(model);
  return round(weightsGiB + TUNING_OVERHEAD_GIB);
}
