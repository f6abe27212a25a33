import { stringify } from "yaml";
import type { Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";

/** A release is frozen when it is built, and writing YAML takes as long as the rest of an expansion. */
const memo = new WeakMap<Release, Map<string, string>>();

/** KAITO's defaults for a tuning method as the file the training script reads, in the number format the GPU supports. */
export function trainingConfig(release: Release, method: string, dtype: "bfloat16" | "float16"): string {
  if (!Object.isFrozen(release)) return written(release, method, dtype);
  const texts = memo.get(release) ?? new Map<string, string>();
  const key = `${method} ${dtype}`;
  const text = texts.get(key) ?? written(release, method, dtype);
  memo.set(release, texts.set(key, text));
  return text;
}

function written({ defaults }: Release, method: string, dtype: string): string {
  const sections = (defaults.tuningConfig[method] ?? {}) as { readonly [section: string]: JsonObject };
  const quantization = sections["QuantizationConfig"];
  const config = {
    ...sections,
    ModelConfig: { ...sections["ModelConfig"], torch_dtype: dtype },
    QuantizationConfig: {
      ...quantization,
      ...(quantization?.["load_in_4bit"] === true ? { bnb_4bit_compute_dtype: dtype } : {}),
    },
  };
  // The training script reads YAML 1.1, where a bare `no` is false: the 1.1 writer quotes such words.
  return stringify({ training_config: config }, { sortMapEntries: true, version: "1.1" });
}
