import { isObject, type JsonObject } from "../json.ts";
import { given, isWhole, member, type Reading, report, stated, textOf } from "./reading.ts";

// vLLM 0.25.1, transformers_utils/model_arch_config_convertor.py, derive_max_model_len_and_key: the smallest counts.
// n_ctx is GPT-2's own name, which transformers maps to n_positions.
const LENGTHS = [
  "max_position_embeddings",
  "n_positions",
  "n_ctx",
  "max_seq_len",
  "seq_length",
  "max_target_positions",
  "max_sequence_length",
  "max_seq_length",
  "seq_len",
];
// vLLM 0.25.1, config/model.py, _get_and_verify_max_len: their lengths are stated already scaled.
const SCALED_ALREADY: ReadonlySet<string> = new Set(["su", "longrope", "llama3"]);

/**
 * The longest context vLLM 0.25.1 takes as --max-model-len, by its own rule: the shortest length stated, model_max_length
 * over all, times the factor of the rotary embedding; with YaRN the original length times the factor.
 */
export function contextTokens(reading: Reading): number | undefined {
  const stating = LENGTHS.filter((name) => stated(reading, [name]) !== undefined);
  const lengths = stating.map((name) => stated(reading, [name]));
  const wrong = lengths.findIndex((length) => !isWhole(length));
  if (wrong !== -1) {
    report(
      reading,
      stating[wrong] ?? "",
      "derive/number",
      `must be a length in tokens, given ${given(lengths[wrong])}`,
    );
    return undefined;
  }
  const whole = stated(reading, ["model_max_length"]);
  const length = isWhole(whole) ? whole : Math.min(...(lengths as readonly number[]));
  if (!Number.isFinite(length)) {
    const names = LENGTHS.slice(0, 4).join(", ");
    report(reading, "max_position_embeddings", "derive/required", `is required and absent (also looked for: ${names})`);
    return undefined;
  }
  return scaled(reading, length);
}

function scaled(reading: Reading, length: number): number | undefined {
  // Its lengths are scaled, whatever the rope says (same function of vLLM).
  if (reading.modelType.includes("gemma3")) return length;
  const scaling = ropes(reading).filter((rope) => !SCALED_ALREADY.has(typeOf(rope)));
  const factor = scaling.map((rope) => member(rope, "factor")).findLast((value) => value !== undefined) ?? 1;
  const yarn = scaling.find((rope) => typeOf(rope) === "yarn");
  const original = yarn === undefined ? undefined : originalLength(reading, yarn);
  const tokens = typeof factor === "number" ? Math.floor((isWhole(original) ? original : length) * factor) : Number.NaN;
  if (isWhole(tokens)) return tokens;
  report(reading, "rope_scaling", "derive/number", `must scale the context by a number, given ${given(factor)}`);
  return undefined;
}

/** Rotary embeddings of the model: one, or one by type of layer. */
function ropes(reading: Reading): readonly JsonObject[] {
  const rope = stated(reading, ["rope_parameters"]) ?? stated(reading, ["rope_scaling"]);
  if (!isObject(rope)) return [];
  const nested = Object.values(rope).filter(isObject);
  return nested.length > 0 && typeOf(rope) === "default" ? nested : [rope];
}

function typeOf(rope: JsonObject): string {
  const type = member(rope, "rope_type") ?? member(rope, "type") ?? "default";
  // mrope is a way to place positions, no scaling (transformers_utils/config.py, patch_legacy_rope_type).
  return type === "mrope" ? "default" : textOf(type);
}

function originalLength(reading: Reading, rope: JsonObject): unknown {
  return stated(reading, ["original_max_position_embeddings"]) ?? member(rope, "original_max_position_embeddings");
}
