import type { LayerCache } from "../catalogue.ts";
import { type LayerKind, layerKinds } from "./layer-kinds.ts";
import { assume, member, optional, type Reading, report, stated } from "./reading.ts";
import { stateBytes } from "./state.ts";

// vLLM 0.25.1, transformers_utils/model_arch_config_convertor.py, is_deepseek_mla: whose latent it keeps as such.
const LATENT_TYPES: ReadonlySet<string> = new Set([
  "AXK1",
  "deepseek_v2",
  "deepseek_v3",
  "deepseek_v32",
  "glm_moe_dsa",
  "glm4_moe_lite",
  "kimi_k2",
  "kimi_linear",
  "longcat_flash",
  "pangu_ultra_moe",
  "bailing_hybrid",
]);
// Whose model code of vLLM 0.25.1 reads the window layer by layer; elsewhere every layer of such a mix keeps all tokens.
const WINDOW_BY_LAYER: ReadonlySet<string> = new Set([
  "afmoe",
  "cohere2",
  "cohere2_moe",
  "cwm",
  "exaone4",
  "gemma2",
  "gemma3_text",
  "gemma3n_text",
  "gemma4_text",
  "gemma4_unified_text",
  "gpt_oss",
  "laguna",
  "llama",
  "mellum",
  "ministral",
  "ministral3",
  "mistral",
  "olmo3",
  "step3p5",
]);
// Attention and a state in one layer: a preset describes a layer by one kind of cache.
const TWO_CACHES: ReadonlySet<string> = new Set(["falcon_h1", "zamba", "zamba2", "plamo2", "hymba"]);
// The indexer keeps 8 bit a value and one 32 bit scale per 128 (vLLM 0.25.1, models/deepseek_v2.py, Indexer).
const INDEXER_BLOCK = 128;
const SCALE_BYTES = 4;

export interface Shape {
  readonly layers: number;
  readonly attentionHeads: number;
  readonly hiddenSize: number;
  readonly contextTokens: number;
}

/** What the layers keep, alike ones together, those that keep most of the context first. */
export function layerCaches(reading: Reading, shape: Shape): readonly LayerCache[] {
  if (TWO_CACHES.has(reading.modelType)) {
    const text = `${reading.modelType} keeps attention and a state in the same layer, which a preset cannot describe`;
    report(reading, "model_type", "derive/unsupported", text);
    return [];
  }
  if (stated(reading, ["compress_ratios"]) !== undefined) {
    assume(
      reading,
      "its compressed attention is counted as if nothing were compressed, which is far more than it keeps",
    );
  }
  const kinds = layerKinds(reading, shape.layers);
  if (kinds === undefined) return [];
  const mixed = new Set(kinds).size > 1;
  const groups = new Map<string, LayerCache>();
  for (const [index, kind] of withoutShared(reading, kinds).entries()) {
    const one = cacheOf(reading, shape, { kind, mixed, index });
    const same = JSON.stringify({ ...one, layers: 0 });
    groups.set(same, { ...one, layers: (groups.get(same)?.layers ?? 0) + 1 });
  }
  return [...groups.values()].toSorted((a, b) => rank(a) - rank(b));
}

function rank(cache: LayerCache): number {
  const windowed = cache.kind === "attention" && cache.windowTokens !== undefined ? 1 : 0;
  return ["attention", "mla", "compressed", "state", "none"].indexOf(cache.kind) * 2 + windowed;
}

/** The last layers of Gemma 3n and 4 read what earlier ones keep (vLLM 0.25.1, models/gemma4.py). */
function withoutShared(reading: Reading, kinds: readonly LayerKind[]): readonly LayerKind[] {
  const shared = optional(reading, ["num_kv_shared_layers"]) ?? 0;
  return kinds.map((kind, i) => (i >= kinds.length - shared && shared < kinds.length ? "none" : kind));
}

interface Layer {
  readonly kind: LayerKind;
  /** Whether the model has layers of several kinds. */
  readonly mixed: boolean;
  readonly index: number;
}

function cacheOf(reading: Reading, shape: Shape, layer: Layer): LayerCache {
  switch (layer.kind) {
    case "none":
      return { kind: "none", layers: 1 };
    case "state": {
      const bytesPerSequence = stateBytes(reading);
      if (bytesPerSequence !== undefined) return { kind: "state", layers: 1, bytesPerSequence };
      assume(reading, "the state of its linear layers is not known: they are counted as full attention");
      return attention(reading, shape, "full");
    }
    case "full":
      return latent(reading, layer.index) ?? windowed(reading, shape, layer);
    case "sliding":
      return windowed(reading, shape, layer);
  }
}

function latent(reading: Reading, layer: number): LayerCache | undefined {
  const rank = optional(reading, ["kv_lora_rank"]);
  if (rank === undefined || !LATENT_TYPES.has(reading.modelType)) return undefined;
  const indexDim = hasIndexer(reading, layer) ? optional(reading, ["index_head_dim"]) : undefined;
  const scales = Math.ceil((indexDim ?? 0) / INDEXER_BLOCK) * SCALE_BYTES;
  return {
    kind: "mla",
    layers: 1,
    latentDim: rank + (optional(reading, ["qk_rope_head_dim"]) ?? 0),
    ...(indexDim === undefined ? {} : { indexerBytes: indexDim + scales }),
  };
}

/** Some layers use the choice of an earlier one (vLLM 0.25.1, models/deepseek_v2.py, index_topk_freq). */
function hasIndexer(reading: Reading, layer: number): boolean {
  const pattern = stated(reading, ["index_topk_pattern"]);
  if (typeof pattern === "string" || Array.isArray(pattern)) return pattern[layer] !== "S";
  const every = optional(reading, ["index_topk_freq"]) ?? 1;
  const offset = optional(reading, ["index_skip_topk_offset"]) ?? 2;
  return Math.max(layer - offset + 1, 0) % every === 0;
}

function windowed(reading: Reading, shape: Shape, layer: Layer): LayerCache {
  const cache = attention(reading, shape, layer.kind === "sliding" ? "sliding" : "full");
  const windowTokens = optional(reading, ["sliding_window"]);
  if (windowTokens === undefined || windowTokens >= shape.contextTokens || !usesWindow(reading, layer)) return cache;
  return { ...cache, windowTokens };
}

/** vLLM 0.25.1, engine/arg_utils.py: a window without a mix of layers holds for all of them. */
function usesWindow(reading: Reading, { kind, mixed }: Layer): boolean {
  if (member(reading.text, "use_sliding_window") === false || reading.modelType.startsWith("qwen")) return false;
  if (!mixed) return true;
  if (kind !== "sliding") return false;
  if (WINDOW_BY_LAYER.has(reading.modelType)) return true;
  assume(
    reading,
    `layers with a sliding window are counted as full attention: vLLM uses none for ${reading.modelType}`,
  );
  return false;
}

function attention(reading: Reading, shape: Shape, kind: "full" | "sliding"): LayerCache & { kind: "attention" } {
  const { attentionHeads, hiddenSize } = shape;
  const global = kind === "full" && reading.modelType.startsWith("gemma4");
  const stating = optional(reading, ["head_dim", "hidden_size_per_head", "attention_head_dim", "kv_channels"]);
  const headDim =
    (global ? optional(reading, ["global_head_dim"]) : undefined) ??
    unfolded(reading) ??
    stating ??
    Math.max(1, Math.floor(hiddenSize / attentionHeads));
  const globalHeads = global && stated(reading, ["attention_k_eq_v"]) === true ? ["num_global_key_value_heads"] : [];
  const kvHeads = optional(reading, globalHeads) ?? keyValueHeads(reading, attentionHeads);
  return { kind: "attention", layers: 1, kvHeads, headDim };
}

/** Latent attention that vLLM unfolds: keys of every head, position included. */
function unfolded(reading: Reading): number | undefined {
  if (optional(reading, ["kv_lora_rank"]) === undefined) return undefined;
  const plain = optional(reading, ["qk_nope_head_dim"]);
  const rotary = optional(reading, ["qk_rope_head_dim"]);
  if (plain === undefined || rotary === undefined) return undefined;
  assume(reading, `vLLM keeps the keys and values of ${reading.modelType} unfolded, not its latent`);
  return plain + rotary;
}

// As vLLM 0.25.1 looks for them (get_total_num_kv_heads), with KAITO's n_kv_heads.
const KV_HEADS = ["n_head_kv", "num_kv_heads", "num_key_value_heads", "multi_query_group_num", "num_attention_groups"];

function keyValueHeads(reading: Reading, attentionHeads: number): number {
  const one = stated(reading, ["multi_query"]) === true && stated(reading, ["new_decoder_architecture"]) !== true;
  if (one) return 1;
  return optional(reading, [...KV_HEADS, "n_kv_heads"]) ?? attentionHeads;
}
