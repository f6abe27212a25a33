import type { LayerCache, Model } from "../catalogue.ts";
import type { MemorySettings } from "./settings.ts";
import type { Split } from "./splits.ts";

/** Layers with the same cache, sharded: what vLLM calls a KVCacheSpec. */
export interface LayerKind {
  readonly layers: number;
  /** Bytes of one token in one layer; of one sequence, for a state. */
  readonly bytes: number;
  /** Tokens a sequence holds at most, where a window bounds it. */
  readonly mostTokens?: number;
  readonly state: boolean;
}

type CacheSettings = Pick<MemorySettings, "fp8Cache" | "batchedTokens">;

const ELEMENT_BYTES = 2;
// MLAAttentionSpec: the 512 + 64 elements of a layer with sparse attention take 656 bytes in 8 bit, with scales.
const FP8_SPARSE_LATENT_FACTOR = 656 / 576;

/** KV cache of one token in all layers and heads of one copy, bytes, as if no layer had a window. */
export function kvBytesPerToken(model: Model, fp8Cache = false): number {
  const split = { tensor: 1, pipeline: 1 };
  const kinds = layerKinds(model, split, { fp8Cache, batchedTokens: 0 }).filter(({ state }) => !state);
  const compressed = model.cache.flatMap((cache) => (cache.kind === "compressed" ? [cache] : []));
  return (
    kinds.reduce((sum, { layers, bytes }) => sum + layers * bytes, 0) +
    compressed.reduce((sum, { bytesPerToken }) => sum + bytesPerToken, 0)
  );
}

/** What the layers of one GPU keep, each kind once; compressed caches are no such kind. */
export function layerKinds(model: Model, split: Split, settings: CacheSettings): readonly LayerKind[] {
  const kinds: LayerKind[] = [];
  for (const cache of model.cache) {
    const kind = layerKind(cache, split, settings);
    if (kind === undefined) continue;
    const same = kinds.findIndex((other) => alike(other, kind));
    const known = kinds[same];
    if (known === undefined) kinds.push(kind);
    else kinds[same] = { ...known, layers: known.layers + kind.layers };
  }
  return kinds;
}

function alike(one: LayerKind, other: LayerKind): boolean {
  return one.bytes === other.bytes && one.state === other.state && one.mostTokens === other.mostTokens;
}

function layerKind(cache: LayerCache, { tensor }: Split, settings: CacheSettings): LayerKind | undefined {
  const { kind, layers } = cache;
  switch (kind) {
    case "attention": {
      // At least one head is on every GPU (ModelConfig.get_num_kv_heads); the factor 2 is for keys and values.
      const heads = Math.max(1, Math.floor(cache.kvHeads / tensor));
      const bytes = heads * cache.headDim * 2 * (settings.fp8Cache ? 1 : ELEMENT_BYTES);
      if (cache.windowTokens === undefined) return { layers, bytes, state: false };
      // SlidingWindowSpec.max_admission_blocks_per_request: the window, and what one step reads at once.
      return { layers, bytes, state: false, mostTokens: cache.windowTokens - 1 + settings.batchedTokens };
    }
    case "mla": {
      const { latentDim, indexerBytes } = cache;
      const fp8Factor = indexerBytes === undefined ? 1 : FP8_SPARSE_LATENT_FACTOR;
      const bytes = Math.ceil(latentDim * (settings.fp8Cache ? fp8Factor : ELEMENT_BYTES));
      return { layers, bytes: bytes + (indexerBytes ?? 0), state: false };
    }
    case "state":
      return { layers, bytes: Math.ceil(cache.bytesPerSequence / tensor), state: true };
    case "compressed":
    case "none":
      return undefined;
  }
}
