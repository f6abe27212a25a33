import { expect } from "chai";
import { describe, it } from "mocha";
import { type Config, readConfig } from "../../../src/core/children/user-config.ts";
import { expand } from "../../../src/core/expand.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, tuning } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";

function read(text: string, method: string, size = A100): Config {
  const object = tuning("phi-3-mini-4k-instruct", size, { method, config: "mine" });
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const configMap = { data: { "training_config.yaml": text } };
  return readConfig({ ...object, expansion } as Workspace, configMap, catalogue);
}

const results = "  TrainingArguments: {output_dir: /mnt/results}\n";
const four = "  QuantizationConfig: {load_in_4bit: true}\n";

/** KAITO's rule, the method, the file, and what is said; undefined where it is taken. */
const cases: readonly (readonly [string, string, string, RegExp | undefined])[] = [
  ["lora", "lora", `training_config:\n${results}`, undefined],
  ["qlora", "QLoRA", `training_config:\n${results}${four}`, undefined],
  ["8 bit", "qlora", `training_config:\n${results}  QuantizationConfig: {load_in_8bit: true}\n`, undefined],
  ["T4", "lora", "training_config: [", /^ConfigMap mine, key training_config\.yaml: not YAML/],
  ["T5 absent", "lora", "other: 1\n", /training_config must be a map of the sections DataCollator, /],
  ["T5 no map", "lora", "training_config: 5\n", /training_config must be a map/],
  ["T6", "lora", `training_config:\n${results}  5: {}\n`, /training_config\.5 is no section the training script reads/],
  ["T7", "lora", `training_config:\n${results}  LoraConfg: {}\n`, /LoraConfg is no section .* nearest are LoraConfig/],
  ["T8", "lora", `training_config:\n${results}  QuantizationConfig: 5\n`, /QuantizationConfig must be a map, given 5/],
  [
    "T9",
    "qlora",
    `training_config:\n${results}  QuantizationConfig: {load_in_4bit: "yes please"}\n`,
    /QuantizationConfig\.load_in_4bit must be true or false, given "yes please"/,
  ],
  [
    "T9 null",
    "qlora",
    `training_config:\n${results}  QuantizationConfig: {load_in_4bit: true, load_in_8bit: null}\n`,
    undefined,
  ],
  [
    "T10",
    "qlora",
    `training_config:\n${results}  QuantizationConfig: {load_in_4bit: true, load_in_8bit: true}\n`,
    /has load_in_4bit and load_in_8bit: one number format is possible/,
  ],
  ["T11", "lora", `training_config:\n${results}${four}`, /load_in_4bit is true, and tuning\.method is lora/],
  ["T12 off", "qlora", `training_config:\n${results}  QuantizationConfig: {load_in_4bit: false}\n`, /method is qlora/],
  ["T12 absent", "qlora", `training_config:\n${results}`, /has no load_in_4bit: true, and tuning\.method is qlora/],
  ["T13", "lora", "training_config:\n  TrainingArguments: 5\n", /TrainingArguments must be a map, given 5/],
  [
    "T14",
    "lora",
    "training_config:\n  TrainingArguments: {output_dir: 5}\n",
    /output_dir is 5, the volume for results/,
  ],
  [
    "T15 elsewhere",
    "lora",
    "training_config:\n  TrainingArguments: {output_dir: /mnt/output}\n",
    /output_dir is "\/mnt\/output", the volume for results is at \/mnt\/results: state \/mnt\/results/,
  ],
  [
    "T15 above",
    "lora",
    "training_config:\n  TrainingArguments: {output_dir: /mnt/results/../x}\n",
    /is at \/mnt\/results/,
  ],
  // KAITO joins it to /mnt; the script does not, and would write below its own directory.
  ["T15 relative", "lora", "training_config:\n  TrainingArguments: {output_dir: results}\n", /output_dir is "results"/],
  ["T15 unstated", "lora", "training_config:\n  LoraConfig: {r: 8}\n", /output_dir is not stated, the volume/],
  [
    "T15 written otherwise",
    "lora",
    "training_config:\n  TrainingArguments: {output_dir: //mnt/./results/}\n",
    undefined,
  ],
];

describe("settings of a training run", () => {
  for (const [rule, method, text, message] of cases) {
    it(`${rule}: ${message === undefined ? "is taken" : "is refused"}`, () => {
      const config = read(text, method);
      if (message === undefined) expect(config).to.deep.include({ kind: "ok", notes: [] });
      else expect(config.kind === "conflict" ? config.message : config.kind).to.match(message);
    });
  }

  it("T3: is missing without the key", () => {
    const object = tuning("phi-4", A100, { config: "mine" });
    expect(readConfig(object, { data: { "inference_config.yaml": "" } }, catalogue)).to.deep.equal({
      kind: "missing",
      message: "ConfigMap mine has no key training_config.yaml: add it",
    });
  });

  it("tells every problem at once", () => {
    const config = read("training_config:\n  Lora: {}\n  QuantizationConfig: {load_in_4bit: true}\n", "lora");
    expect(config.kind === "conflict" ? config.issues.map(({ path }) => path) : []).to.deep.equal([
      "training_config.Lora",
      "training_config.QuantizationConfig.load_in_4bit",
      "training_config.TrainingArguments.output_dir",
    ]);
  });

  it("knows which number formats the GPU has", () => {
    const text = `training_config:\n${results}  ModelConfig: {torch_dtype: bfloat16}\n`;
    expect(read(text, "lora").kind).to.equal("ok");
    const config = read(text, "lora", V100);
    expect(config.kind === "conflict" ? config.message : "").to.match(
      /ModelConfig\.torch_dtype is bfloat16, which needs compute capability 8\.0, and the GPU has 7\.0: use float16/,
    );
  });
});
