import type { LayerCache, Model } from "../catalogue.ts";
import { type LayerKind, layerKinds } from "./layer-kinds.ts";
import type { MemorySettings } from "./settings.ts";
import { type Split, stageLayers } from "./splits.ts";

/**
 * How vLLM 0.25.1 hands out the cache of one GPU (v1/core/kv_cache_utils.py): in blocks of one size, shared by groups of
 * layers. A sequence of n tokens holds in each group ⌈n ÷ blockTokens⌉ blocks, one more and no more than of `mostTokens`
 * where a window bounds it, and `stateBlocks` whatever its length.
 */
export interface CachePlan {
  readonly blockBytes: number;
  readonly groups: readonly CacheGroup[];
  readonly stateBlocks: number;
}

type Compressed = Extract<LayerCache, { readonly kind: "compressed" }>;

interface CacheGroup {
  readonly count: number;
  readonly blockTokens: number;
  readonly mostTokens?: number;
}

// CacheConfig.DEFAULT_BLOCK_SIZE; every backend of plain attention takes it.
const BLOCK_TOKENS = 16;
// The largest a backend of latent attention has (cutlass_mla.py; FlashMLA has 64).
const LATENT_BLOCK_TOKENS = 128;
// DeepseekV4 (sparse_swa.py): all its pages belong to blocks of 256 tokens.
const COMPRESSED_BLOCK_TOKENS = 256;

/** The plan for the fullest GPU of a split. */
export function cachePlan(model: Model, split: Split, settings: MemorySettings): CachePlan {
  const kinds = layerKinds(model, split, settings);
  const compressed = model.cache.flatMap((cache) => (cache.kind === "compressed" ? [cache] : []));
  if (compressed.length > 0) return compressedPlan(compressed, kinds, split, settings);
  const blockTokens = model.cache.some(({ kind }) => kind === "mla") ? LATENT_BLOCK_TOKENS : BLOCK_TOKENS;
  const [first] = kinds;
  if (first === undefined) return { blockBytes: 1, groups: [], stateBlocks: 0 };
  const alike = kinds.every(({ state, mostTokens }) => !state && mostTokens === first.mostTokens);
  if (!alike) return hybridPlan(kinds, split, { blockTokens, prefixCaching: settings.prefixCaching });
  // One group (UniformTypeKVCacheSpecs): a block has the tokens of all layers of the stage.
  const bytes = kinds.reduce((sum, kind) => sum + stageLayers(kind.layers, split.pipeline) * kind.bytes, 0);
  return { blockBytes: blockTokens * bytes, groups: [{ count: 1, blockTokens, ...capOf(first) }], stateBlocks: 0 };
}

/** Blocks that one sequence of so many tokens holds. */
export function blocksOf(plan: CachePlan, tokens: number): number {
  return plan.groups.reduce((sum, { count, blockTokens, mostTokens }) => {
    const held = Math.min(tokens, mostTokens ?? tokens);
    // A window may begin in the middle of a block.
    return sum + count * (Math.ceil(held / blockTokens) + (mostTokens === undefined ? 0 : 1));
  }, plan.stateBlocks);
}

/** Blocks that sequences can get of so many bytes, negative where there are none: the pool keeps an empty one to itself. */
export function blocksIn(plan: CachePlan, bytes: number): number {
  return Math.floor(bytes / plan.blockBytes) - 1;
}

/** The longest sequence of at most `most` tokens that fits in so many blocks; 0 where none does. */
export function longestIn(plan: CachePlan, blocks: number, most: number): number {
  if (blocksOf(plan, most) <= blocks) return most;
  let [fits, above] = [0, Math.ceil(most / BLOCK_TOKENS)];
  while (above - fits > 1) {
    const middle = (fits + above) >> 1;
    if (blocksOf(plan, middle * BLOCK_TOKENS) <= blocks) fits = middle;
    else above = middle;
  }
  return fits * BLOCK_TOKENS;
}

/**
 * Several kinds of layers: pages of all kinds get one size, and layers are grouped by so many of one kind that every group
 * has as many (unify_kv_cache_spec_page_size, _get_kv_cache_groups_uniform_page_size). A state is as large as a whole page
 * of attention, whose block is lengthened until it is (Platform._align_hybrid_block_size).
 */
function hybridPlan(
  kinds: readonly LayerKind[],
  split: Split,
  { blockTokens, prefixCaching }: { readonly blockTokens: number; readonly prefixCaching: boolean },
): CachePlan {
  const attention = kinds.filter(({ state }) => !state);
  const states = kinds.filter(({ state }) => state);
  const stateBytes = Math.max(0, ...states.map(({ bytes }) => bytes));
  const tokenBytes = attention.find(({ mostTokens }) => mostTokens === undefined)?.bytes ?? attention[0]?.bytes;
  const tokens = Math.max(1, Math.ceil(stateBytes / (blockTokens * (tokenBytes ?? stateBytes)))) * blockTokens;
  const pageBytes = Math.max(stateBytes, ...attention.map(({ bytes }) => bytes * tokens));
  const groupLayers = groupSize(kinds.map(({ layers }) => layers));
  const groupCount = ({ layers }: LayerKind): number => Math.ceil(layers / groupLayers);
  // Smaller pages that divide the largest get more tokens; others are padded.
  const groups = attention.map((kind) => {
    const ratio = pageBytes / (kind.bytes * tokens);
    return { count: groupCount(kind), blockTokens: Number.isInteger(ratio) ? tokens * ratio : tokens, ...capOf(kind) };
  });
  // Stages cut through groups unevenly: one layer more than their share at most.
  const stageGroup =
    split.pipeline === 1 ? groupLayers : Math.min(groupLayers, stageLayers(groupLayers, split.pipeline) + 1);
  // mamba_cache_mode: none without prefix caching, which is off for hybrid models; else align.
  const perState = prefixCaching ? 2 : 1;
  const stateBlocks = states.reduce((sum, kind) => sum + groupCount(kind) * perState, 0);
  return { blockBytes: stageGroup * pageBytes, groups, stateBlocks };
}

/** DeepSeek V4: tokens cost what the catalogue says, and so do those of its windows, in blocks of their own. */
function compressedPlan(
  caches: readonly Compressed[],
  others: readonly LayerKind[],
  { pipeline }: Split,
  { batchedTokens }: MemorySettings,
): CachePlan {
  const share = ({ layers }: Compressed): number => stageLayers(layers, pipeline) / layers;
  const plain = others.reduce((sum, { layers, bytes }) => sum + stageLayers(layers, pipeline) * bytes, 0);
  const bytesPerToken = caches.reduce((sum, cache) => sum + cache.bytesPerToken * share(cache), plain);
  const blockTokens = COMPRESSED_BLOCK_TOKENS;
  const windows = caches.flatMap((cache) =>
    cache.windows.map((window) => ({
      // In blocks of the size of the first group.
      count: (window.bytesPerToken * share(cache)) / bytesPerToken,
      blockTokens,
      mostTokens: window.windowTokens - 1 + batchedTokens,
    })),
  );
  return { blockBytes: blockTokens * bytesPerToken, groups: [{ count: 1, blockTokens }, ...windows], stateBlocks: 0 };
}

/** Layers of one group: those of the rarest kind, or of the most frequent one where that wastes less. */
function groupSize(counts: readonly number[]): number {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return most < least * 1.5 ? most : least;
}

function capOf({ mostTokens }: LayerKind): { readonly mostTokens?: number } {
  return mostTokens === undefined ? {} : { mostTokens };
}
