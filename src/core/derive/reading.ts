import { error, type Issue } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { RuleCode } from "../rules.ts";
import { shown } from "../schema.ts";
import { classDefaults } from "./class-defaults.ts";

/** A config.json being read, and what was found out on the way. */
export interface Reading {
  /** The whole file. */
  readonly root: JsonObject;
  /** The part about the language model: the file itself, or the part of a composite model that vLLM asks. */
  readonly text: JsonObject;
  /** The class's values for members a composite model's text part leaves out. */
  readonly defaults: JsonObject;
  /** model_type of the language model. */
  readonly modelType: string;
  readonly issues: Issue[];
  /** What was assumed, for `sources` of the preset. */
  readonly assumptions: string[];
}

// The parts transformers 5.14.1 (get_text_config) and vLLM 0.25.1 (llm_config → text_config) look for.
const TEXT_PARTS = ["text_config", "llm_config", "language_config", "thinker_config"];
// Far above any model, far below what would make a loop over layers slow or a product inexact.
const MOST_LAYERS = 1024;
const LARGEST = 2 ** 31 - 1;

export function openReading(root: JsonObject): Reading {
  const part = (from: JsonObject): JsonObject =>
    TEXT_PARTS.map((name) => member(from, name)).find((value): value is JsonObject => isObject(value)) ?? from;
  // thinker_config of an omni model has a text_config of its own.
  const text = part(part(root));
  const modelType = textOf(member(text, "model_type") ?? member(root, "model_type"));
  const defaults = text === root ? {} : classDefaults(modelType);
  return { root, text, defaults, modelType, issues: [], assumptions: [] };
}

/** A member that is the object's own: `__proto__` and the like are nobody's. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A text; anything else is none. Turning a list into one walks it, and it may be nested deeper than any stack. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The first member stated under one of these names; a stated null is an answer, too: no class default stands in. */
export function stated(reading: Reading, names: readonly string[]): unknown {
  const found = names.map((name) => member(reading.text, name)).find((value) => value !== undefined && value !== null);
  if (found !== undefined) return found;
  if (names.some((name) => member(reading.text, name) === null)) return undefined;
  return names.map((name) => member(reading.defaults, name)).find((value) => value !== undefined);
}

/** A whole number under one of these names; undefined where none or 0 is stated, an issue where it is something else. */
export function optional(reading: Reading, names: readonly string[]): number | undefined {
  const value = stated(reading, names);
  if (value === undefined || value === 0) return undefined;
  if (isWhole(value)) return value;
  const name = names.find((one) => member(reading.text, one) === value) ?? names[0] ?? "";
  const hint = Array.isArray(value) ? "; a value per layer is not supported: write the preset by hand" : "";
  report(reading, name, "derive/number", `must be a whole number from 1 to ${LARGEST}, given ${given(value)}${hint}`);
  return undefined;
}

/** As `optional`, and an issue where nothing is stated. */
export function required(reading: Reading, names: readonly string[]): number | undefined {
  const before = reading.issues.length;
  const value = optional(reading, names);
  if (value === undefined && reading.issues.length === before) {
    const text = `is required and absent (${names.join(", ")}): is this the config.json of a language model?`;
    report(reading, names[0] ?? "", "derive/required", text);
  }
  return value;
}

export function requiredLayers(reading: Reading): number | undefined {
  const layers = required(reading, ["num_hidden_layers", "n_layer", "n_layers", "num_layers"]);
  if (layers === undefined || layers <= MOST_LAYERS) return layers;
  report(reading, "num_hidden_layers", "derive/number", `must be at most ${MOST_LAYERS}, given ${layers}`);
  return undefined;
}

export function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= LARGEST;
}

/** A value for a message. Lists and objects are only named: they may be nested deeper than any stack. */
export function given(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : shown(value);
}

/** What a preset assumes where the files do not say; once each. */
export function assume(reading: Reading, text: string): void {
  if (!reading.assumptions.includes(text)) reading.assumptions.push(text);
}

/** Each finding once, however many layers meet it. */
export function report(reading: Reading, name: string, code: RuleCode, text: string): void {
  const message = `${name} ${text}`;
  if (!reading.issues.some((issue) => issue.message === message)) reading.issues.push(error(name, code, message));
}
