import type { Model } from "../catalogue.ts";
import { asFit, type Fit, type Misfit, round, smallestContext, usableGiB, wantedContext } from "./fit.ts";
import { kvBytesPerToken } from "./layer-kinds.ts";
import { overheadGiB } from "./overhead.ts";
import type { MemorySettings } from "./settings.ts";
import type { Hardware } from "./visible-memory.ts";
import { loadedGiB } from "./weights.ts";

const BYTES_PER_GIB = 1024 ** 3;
const COPY = { tensor: 1, pipeline: 1 };
// The cache grows by tensors of any length; 16 keeps lengths as round as vLLM's.
const ROUNDING_TOKENS = 16;
// transformers 5.14.1, quantizers/quantizer_mxfp4.py: without its kernels the 4.25 bit of a number become 16.
const DEQUANTISED: { readonly [method: string]: number } = { mxfp4: 16 / 4.25 };

/**
 * Places a model on one node under transformers, whose device map spreads layers over all GPUs of the node.
 * Contexts longer than what fits end in an out-of-memory error: that server has no limit of its own.
 */
export function fitTransformers(model: Model, hardware: Hardware, settings: MemorySettings): Fit | Misfit {
  const gpus = hardware.gpuCount;
  const weightsGiB = (loadedGiB(model) * (DEQUANTISED[model.quantization?.method ?? ""] ?? 1)) / gpus;
  const usable = usableGiB(hardware, settings);
  const overhead = overheadGiB(model, weightsGiB, COPY, { ...settings, adapterSlots: 0 });
  const kvCacheGiB = usable - weightsGiB - overhead;
  const bytesPerToken = kvBytesPerToken(model) / gpus;
  const smallest = smallestContext(model, settings);
  if (kvCacheGiB * BYTES_PER_GIB < smallest * bytesPerToken) {
    const neededGiB = weightsGiB + overhead + (smallest * bytesPerToken) / BYTES_PER_GIB;
    return { neededGiB: round(neededGiB), availableGiB: round(usable) };
  }
  const blockBytes = bytesPerToken * ROUNDING_TOKENS;
  const plan = { blockBytes, groups: [{ count: 1, blockTokens: ROUNDING_TOKENS }], stateBlocks: 0 };
  const blocks = Math.floor((kvCacheGiB * BYTES_PER_GIB) / blockBytes);
  const placed = { split: COPY, weightsGiB, overheadGiB: overhead, kvCacheGiB, plan, blocks };
  return asFit(placed, { ...hardware, gpuCount: 1 }, { wanted: wantedContext(model, settings), nodeCount: 1 });
}
