import type { Model } from "../catalogue.ts";
import { type Fit, type Placed, place } from "../memory/fit.ts";
import { blocksOf } from "../memory/kv-cache.ts";
import { kvBytesPerToken } from "../memory/layer-kinds.ts";
import type { MemorySettings } from "../memory/settings.ts";
import type { Hardware } from "../memory/visible-memory.ts";

/** A model served on nodes of one kind. */
export interface ServedOn {
  readonly model: Model;
  readonly runtime: "vllm" | "transformers";
  readonly hardware: Hardware;
  readonly settings: MemorySettings;
  readonly fit: Fit;
}

const BYTES_PER_GIB = 1024 ** 3;

/** How vLLM lays a model out on one GPU; transformers has no blocks. */
export function placedOn({ model, runtime, hardware, settings, fit }: ServedOn): Placed | undefined {
  return runtime === "vllm" ? place(model, hardware, fit.parallelism, settings) : undefined;
}

/**
 * Tokens of context that all copies of one replica hold at once, in sequences of the longest context: what the KV cache is
 * worth to callers. Shorter sequences hold no more where layers have no window.
 */
export function capacityTokens(served: ServedOn): number {
  const { model, hardware, fit } = served;
  const { maxModelLen, kvCacheGiB } = fit.memory;
  const placed = placedOn(served);
  // The device map spreads one copy over all GPUs of the node.
  if (placed === undefined)
    return Math.floor((kvCacheGiB * BYTES_PER_GIB * hardware.gpuCount) / kvBytesPerToken(model));
  const sequences = placed.blocks / Math.max(1, blocksOf(placed.plan, maxModelLen));
  return Math.floor(sequences * maxModelLen * fit.parallelism.data);
}
