import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { nearest } from "../core/nearest.ts";
import { shortened } from "../core/schema.ts";
import { shownValue } from "./shown-value.ts";

/** Fields of a completion request, or why there are none. */
export type Kwargs =
  | { readonly kind: "fields"; readonly fields: JsonObject }
  | { readonly kind: "refused"; readonly message: string };

/** One argument of `generate()`: the fields it becomes, undefined when its value is not allowed. */
interface Rule {
  readonly allowed: string;
  readonly read: (value: Json) => JsonObject | undefined;
}

/**
 * What KAITO's own server used where a request said nothing (inference_api.py of image 0.1.1, class GenerateKwargs). They
 * count over the model's generation_config.json there, so they do here.
 */
const DEFAULTS: JsonObject = { max_tokens: 200, repetition_penalty: 1, temperature: 1, top_k: 10, top_p: 1 };

// Later rules win: in transformers max_new_tokens counts before max_length.
const rules: ReadonlyMap<string, Rule> = new Map([
  ["max_length", whole("max_tokens", 1)],
  ["max_new_tokens", whole("max_tokens", 1)],
  ["min_length", whole("min_tokens", 0)],
  ["min_new_tokens", whole("min_tokens", 0)],
  ["temperature", number("temperature", "a number from 0 to 2", (n) => n >= 0 && n <= 2)],
  ["top_k", whole("top_k", 0)],
  ["top_p", number("top_p", "a number above 0, at most 1", (n) => n > 0 && n <= 1)],
  ["min_p", number("min_p", "a number from 0 to 1", (n) => n >= 0 && n <= 1)],
  ["repetition_penalty", number("repetition_penalty", "a number above 0", (n) => n > 0)],
  ["stop", { allowed: "a text or a list of texts", read: stops }],
  ["stop_strings", { allowed: "a text or a list of texts", read: stops }],
  ["eos_token_id", { allowed: "a token id or a list of them", read: stopTokens }],
  // Every prompt is a batch of its own: nothing is padded.
  ["pad_token_id", { allowed: "a token id", read: (value) => (isWhole(value, -1) ? {} : undefined) }],
  ["do_sample", { allowed: "true or false", read: (value) => (typeof value === "boolean" ? {} : undefined) }],
  // What vLLM's completions cannot do; callers that copied KAITO's example send the values that ask for nothing.
  ...Object.entries({
    bad_words_ids: null,
    diversity_penalty: 0,
    early_stopping: false,
    encoder_no_repeat_ngram_size: 0,
    forced_bos_token_id: null,
    forced_eos_token_id: null,
    length_penalty: 1,
    no_repeat_ngram_size: 0,
    num_beam_groups: 1,
    num_beams: 1,
    num_return_sequences: 1,
    output_scores: false,
    remove_invalid_values: false,
    return_dict_in_generate: false,
    typical_p: 1,
    use_cache: true,
  }).map(([name, value]) => [name, only(value)] as const),
]);

/**
 * The arguments of transformers' `generate()` as fields of vLLM's completion request (vLLM 0.25.1,
 * entrypoints/openai/completion/protocol.py). Nothing is ignored: what is unknown or cannot be done is refused by name.
 */
export function readKwargs(given: Json | undefined): Kwargs {
  if (given === undefined || given === null) return { kind: "fields", fields: DEFAULTS };
  if (!isObject(given)) return refused(`generate_kwargs must be an object, given ${shownValue(given)}`);
  const unknown = Object.keys(given).find((name) => !rules.has(name));
  if (unknown !== undefined) return refused(unknownText(unknown));
  let fields = DEFAULTS;
  for (const [name, { allowed, read }] of rules) {
    // null is what absent arguments are in Python.
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
    if (value === null) continue;
    const found = read(value);
    if (found === undefined) return refused(`generate_kwargs.${name} must be ${allowed}, given ${shownValue(value)}`);
    fields = { ...fields, ...found };
  }
  return { kind: "fields", fields: given["do_sample"] === false ? greedy(fields) : fields };
}

/** vLLM takes temperature 0 for greedy decoding and refuses some samplers beside it. */
function greedy({ top_k: _k, top_p: _p, min_p: _m, ...fields }: JsonObject): JsonObject {
  return { ...fields, temperature: 0 };
}

function refused(message: string): Kwargs {
  return { kind: "refused", message };
}

function unknownText(name: string): string {
  const known = [...rules.keys()].sort();
  const near = nearest(name, known)[0];
  const hint = near === undefined ? "" : ` (nearest: ${near})`;
  return `generate_kwargs.${shortened(name)} is not known${hint}; known are ${known.join(", ")}`;
}

function isWhole(value: Json, smallest: number): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= smallest;
}

function whole(field: string, smallest: number): Rule {
  const read = (value: Json): JsonObject | undefined => (isWhole(value, smallest) ? { [field]: value } : undefined);
  return { allowed: `a whole number from ${smallest}`, read };
}

function number(field: string, allowed: string, fits: (value: number) => boolean): Rule {
  return { allowed, read: (value) => (typeof value === "number" && fits(value) ? { [field]: value } : undefined) };
}

function only(wanted: Json): Rule {
  return { allowed: `${shownValue(wanted)}: vLLM does no other`, read: (value) => (value === wanted ? {} : undefined) };
}

function stops(value: Json): JsonObject | undefined {
  const texts = typeof value === "string" ? [value] : value;
  return Array.isArray(texts) && texts.every((text) => typeof text === "string") ? { stop: texts } : undefined;
}

function stopTokens(value: Json): JsonObject | undefined {
  const tokens: readonly Json[] = Array.isArray(value) ? value : [value];
  return tokens.every((token) => isWhole(token, 0)) ? { stop_token_ids: tokens } : undefined;
}
