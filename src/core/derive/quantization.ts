import type { Model, ServerVersion } from "../catalogue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { nearest } from "../nearest.ts";
import { serverTitle } from "./architecture.ts";
import { given, isWhole, member, type Reading, report, textOf } from "./reading.ts";

type Quantization = NonNullable<Model["quantization"]>;

const BITS: { readonly [method: string]: number } = {
  fp8: 8,
  mxfp4: 4,
  mxfp8: 8,
  awq: 4,
  gptq: 4,
  modelopt: 8,
  modelopt_fp4: 4,
  modelopt_mxfp8: 8,
  // The widest of the mixture.
  modelopt_mixed: 8,
};
const MOST_BITS = 16;
// Known but refused unless asked for (vLLM 0.25.1, DEPRECATED_QUANTIZATION_METHODS).
const DEPRECATED: ReadonlySet<string> = new Set(["fbgemm_fp8", "fp_quant"]);

/** How the weights are quantised, by the method vLLM 0.25.1 reads out of the configuration; undefined for 16 bit. An issue where vLLM cannot load it. */
export function quantization(reading: Reading, server: ServerVersion): Quantization | undefined {
  const config = quantizationConfig(reading);
  if (config === undefined) return undefined;
  const method = methodOf(config);
  const known = Object.keys(server.quantizations)
    .filter((name) => !DEPRECATED.has(name))
    .sort();
  if (!known.includes(method)) {
    const near = nearest(method, known);
    const hint = near.length > 0 ? `the nearest it loads are ${near.join(", ")}` : `it loads ${known.join(", ")}`;
    const name = given(method === "" ? member(config, "quant_method") : method);
    const text = `quant_method ${name}: ${serverTitle(server)} does not load it; ${hint}`;
    report(reading, "quantization_config", "derive/unknown-quantization", text);
    return undefined;
  }
  return { method, bits: bitsOf(config, method) };
}

/** Where vLLM looks (model_arch_config_convertor.py, get_quantization_config): the file, then its text part. */
function quantizationConfig(reading: Reading): JsonObject | undefined {
  for (const part of [reading.root, reading.text]) {
    for (const name of ["quantization_config", "compression_config"]) {
      const config = member(part, name);
      if (isObject(config)) return config;
    }
  }
  return undefined;
}

function methodOf(config: JsonObject): string {
  const nested = member(config, "quantization");
  const algorithm = textOf(
    member(config, "quant_algo") ?? (isObject(nested) ? member(nested, "quant_algo") : undefined),
  ).toUpperCase();
  const stated = textOf(member(config, "quant_method")).toLowerCase();
  const producer = member(config, "producer");
  const isModelOpt = stated.startsWith("modelopt") || (isObject(producer) && member(producer, "name") === "modelopt");
  // layers/quantization/modelopt.py, override_quantization_method of each class.
  if (isModelOpt && algorithm.includes("MXFP8")) return "modelopt_mxfp8";
  if (isModelOpt && algorithm === "MIXED_PRECISION") return "modelopt_mixed";
  if (isModelOpt && algorithm.includes("FP4")) return "modelopt_fp4";
  if (isModelOpt && algorithm.startsWith("FP8")) return "modelopt";
  return stated.replace("compressed_tensors", "compressed-tensors");
}

function bitsOf(config: JsonObject, method: string): number {
  const stated = ["bits", "w_bit", "weight_bits"].map((name) => member(config, name)).find(isBits);
  if (stated !== undefined) return stated;
  if (method === "bitsandbytes") return member(config, "load_in_4bit") === true ? 4 : 8;
  const groups = member(config, "config_groups");
  const widths = isObject(groups) ? Object.values(groups).map(groupBits).filter(isBits) : [];
  return widths.length > 0 ? Math.max(...widths.slice(0, 64)) : (BITS[method] ?? 8);
}

/** compressed-tensors states a width per group of layers; the widest counts. */
function groupBits(group: unknown): unknown {
  const weights = isObject(group) ? member(group, "weights") : undefined;
  return isObject(weights) ? member(weights, "num_bits") : undefined;
}

function isBits(value: unknown): value is number {
  return isWhole(value) && value <= MOST_BITS;
}
