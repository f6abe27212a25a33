import { isObject } from "../json.ts";
import { assume, given, isWhole, member, type Reading, report, stated } from "./reading.ts";

/** What a layer keeps: of all tokens, of the last ones, a fixed state, or nothing. */
export type LayerKind = "full" | "sliding" | "state" | "none";

// Names in layer_types and layers_block_type (transformers 5.14.1, ALLOWED_LAYER_TYPES, and the models' own).
const KINDS: { readonly [name: string]: LayerKind } = {
  full_attention: "full",
  attention: "full",
  sliding_attention: "sliding",
  linear_attention: "state",
  mamba: "state",
  conv: "state",
  mlp: "none",
  moe: "none",
};
// Nemotron-H: Mamba, attention, MLP, experts (vLLM 0.25.1, transformers_utils/configs/nemotron_h.py).
const LETTERS: { readonly [letter: string]: LayerKind } = { M: "state", "*": "full", "-": "none", E: "none" };
// Every so many layers one keeps all tokens, where the configuration class says so and config.json may not
// (transformers 5.14.1, __post_init__ of each class).
const FULL_EVERY: { readonly [modelType: string]: number } = {
  gemma2: 2,
  gemma3_text: 6,
  gemma3n_text: 5,
  gemma4_text: 6,
  gemma4_unified_text: 6,
  gpt_oss: 2,
  cohere2: 4,
  olmo3: 4,
};
const GATED_DELTA_NET_EVERY = 4;
// One more than any model may have, so that a longer list is still seen to be wrong: a hostile one can have a million.
const MOST_READ = 1025;

/** The kind of every layer, in order. */
export function layerKinds(reading: Reading, layers: number): readonly LayerKind[] | undefined {
  const kinds =
    ofPattern(reading) ??
    ofNames(reading, "layer_types") ??
    ofNames(reading, "layers_block_type") ??
    ofIndexes(reading, layers) ??
    ofInterval(reading, layers) ??
    Array.from({ length: layers }, (): LayerKind => "full");
  if (kinds.length === layers) return kinds;
  report(reading, "num_hidden_layers", "derive/layers", `is ${layers}, but ${kinds.length} layers are described`);
  return undefined;
}

function ofPattern(reading: Reading): readonly LayerKind[] | undefined {
  const pattern = stated(reading, ["hybrid_override_pattern"]);
  if (typeof pattern !== "string") return undefined;
  return [...pattern.slice(0, MOST_READ)].map((letter) => named(reading, LETTERS, letter));
}

function ofNames(reading: Reading, list: string): readonly LayerKind[] | undefined {
  const names = stated(reading, [list]);
  return Array.isArray(names) ? names.slice(0, MOST_READ).map((name) => named(reading, KINDS, name)) : undefined;
}

function named(reading: Reading, kinds: { readonly [name: string]: LayerKind }, name: unknown): LayerKind {
  if (typeof name === "string" && Object.hasOwn(kinds, name)) return kinds[name] ?? "full";
  assume(reading, `layers of kind ${given(name)} are counted as full attention, which is the most they can keep`);
  return "full";
}

/** Models that list or count the layers with attention, the others keep a state. */
function ofIndexes(reading: Reading, layers: number): readonly LayerKind[] | undefined {
  const linear = stated(reading, ["linear_attn_config"]);
  // Kimi Linear counts from 1 (vLLM 0.25.1, transformers_utils/configs/kimi_linear.py).
  if (isObject(linear)) return byIndex(layers, (i) => !includes(member(linear, "kda_layers"), i + 1));
  const indexes = stated(reading, ["attn_layer_indices", "full_attn_idxs"]);
  if (Array.isArray(indexes)) return byIndex(layers, (i) => includes(indexes, i));
  const types = stated(reading, ["attn_type_list"]);
  if (Array.isArray(types)) return types.slice(0, MOST_READ).map((type): LayerKind => (type === 1 ? "full" : "state"));
  const period = stated(reading, ["attn_layer_period"]);
  const offset = stated(reading, ["attn_layer_offset"]) ?? 0;
  return isWhole(period) ? byIndex(layers, (i) => i % period === offset) : undefined;
}

function includes(list: unknown, index: number): boolean {
  return Array.isArray(list) && list.includes(index);
}

function byIndex(layers: number, full: (index: number) => boolean): readonly LayerKind[] {
  return Array.from({ length: layers }, (_, i): LayerKind => (full(i) ? "full" : "state"));
}

function ofInterval(reading: Reading, layers: number): readonly LayerKind[] | undefined {
  if (stated(reading, ["linear_num_value_heads"]) !== undefined) {
    const every = stated(reading, ["full_attention_interval"]) ?? GATED_DELTA_NET_EVERY;
    return isWhole(every) ? byIndex(layers, (i) => (i + 1) % every === 0) : undefined;
  }
  const known = Object.hasOwn(FULL_EVERY, reading.modelType) ? FULL_EVERY[reading.modelType] : undefined;
  const every = known === undefined ? undefined : (stated(reading, ["sliding_window_pattern"]) ?? known);
  if (!isWhole(every)) return undefined;
  // The last layer of Gemma 4 always keeps all tokens (transformers 5.14.1, configuration_gemma4.py).
  const last = reading.modelType.startsWith("gemma4") ? layers - 1 : -1;
  return Array.from({ length: layers }, (_, i) => ((i + 1) % every === 0 || i === last ? "full" : "sliding"));
}
