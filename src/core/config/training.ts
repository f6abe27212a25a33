import type { Issue } from "../issue.ts";
import { isObject, type JsonObject } from "../json.ts";
import { nearest } from "../nearest.ts";
import { shown } from "../schema.ts";
import { conflict } from "./finding.ts";

/** The run a training_config.yaml is for. */
export interface TrainedPod {
  readonly method: "lora" | "qlora";
  /** Where the volume for the result is mounted. */
  readonly resultsPath: string;
  /** Absent where the GPU is unknown. */
  readonly computeCapability?: string;
}

const ROOT = "training_config";
/** Sections that KAITO's training script reads (v0.12, parser.py: CONFIG_CLASS_MAP). */
const sections = [
  "DataCollator",
  "DatasetConfig",
  "LoraConfig",
  "ModelConfig",
  "QuantizationConfig",
  "TrainingArguments",
];

/** What is wrong with a training_config.yaml: rules T5 to T15 of KAITO's webhook, and what contradicts the pod. */
export function trainingIssues(content: JsonObject, pod: TrainedPod): readonly Issue[] {
  const config = Object.hasOwn(content, ROOT) ? content[ROOT] : undefined;
  if (!isObject(config)) return [conflict(ROOT, `must be a map of the sections ${sections.join(", ")}`)];
  return [
    ...Object.entries(config).flatMap(([name, section]) => sectionIssues(name, section)),
    ...quantization(section(config, "QuantizationConfig"), pod),
    ...outputDirectory(section(config, "TrainingArguments"), pod),
    ...numberFormat(config, pod),
  ];
}

function section(config: JsonObject, name: string): JsonObject {
  const found = Object.hasOwn(config, name) ? config[name] : undefined;
  return isObject(found) ? found : {};
}

function sectionIssues(name: string, section: unknown): readonly Issue[] {
  const path = `${ROOT}.${name}`;
  if (!sections.includes(name)) {
    const near = nearest(name, sections);
    const hint = near.length > 0 ? `nearest are ${near.join(", ")}` : `it reads ${sections.join(", ")}`;
    return [conflict(path, `is no section the training script reads: ${hint}`)];
  }
  return isObject(section) ? [] : [conflict(path, `must be a map, given ${shown(section)}`)];
}

function quantization(section: JsonObject, { method }: TrainedPod): readonly Issue[] {
  const path = `${ROOT}.QuantizationConfig`;
  const names = ["load_in_4bit", "load_in_8bit"] as const;
  const wrong = names.filter((name) => !["boolean", "undefined"].includes(typeof (section[name] ?? undefined)));
  if (wrong.length > 0) {
    return wrong.map((name) => conflict(`${path}.${name}`, `must be true or false, given ${shown(section[name])}`));
  }
  const on = names.filter((name) => section[name] === true);
  if (on.length === 2)
    return [conflict(path, `has ${names.join(" and ")}: one number format is possible, switch one off`)];
  if (method === "lora" && on.length === 1) {
    return [conflict(`${path}.${on[0]}`, "is true, and tuning.method is lora: switch it off, or state qlora")];
  }
  if (method === "qlora" && on.length === 0) {
    return [conflict(path, "has no load_in_4bit: true, and tuning.method is qlora: add it, or state lora")];
  }
  return [];
}

/** The adapter is looked for where the volume of results is: elsewhere it is lost after hours of training. */
function outputDirectory(section: JsonObject, { resultsPath }: TrainedPod): readonly Issue[] {
  const path = `${ROOT}.TrainingArguments.output_dir`;
  const given = section["output_dir"];
  if (typeof given === "string" && normalised(given) === resultsPath) return [];
  const what = given === undefined || given === null ? "is not stated" : `is ${shown(given)}`;
  return [conflict(path, `${what}, the volume for results is at ${resultsPath}: state ${resultsPath}`)];
}

/** The shortest form of an absolute path; a relative one is below the script's directory, not below /mnt. */
function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `${path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

function numberFormat(config: JsonObject, { computeCapability }: TrainedPod): readonly Issue[] {
  if (computeCapability === undefined || Number(computeCapability) >= 8) return [];
  const formats = [
    ["ModelConfig", "torch_dtype", "bfloat16"],
    ["QuantizationConfig", "bnb_4bit_compute_dtype", "bfloat16"],
    ["TrainingArguments", "bf16", true],
  ] as const;
  return formats
    .filter(([name, key, format]) => section(config, name)[key] === format)
    .map(([name, key, format]) => {
      const why = `needs compute capability 8.0, and the GPU has ${computeCapability}: use float16`;
      return conflict(`${ROOT}.${name}.${key}`, `is ${format}, which ${why}`);
    });
}
