import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { tuning } from "../support/workspaces.ts";
import { A100, inference, type RuleRow } from "./rule-row.ts";

const served = inference({ config: "mine" });
const trained = (method = "lora"): Workspace => tuning("phi-4", A100, { method, config: "mine" });
const results = "  TrainingArguments: {output_dir: /mnt/results}\n";

function serves(id: string, what: string, text: string, judged: "conflict" | "ok", because?: string): RuleRow {
  const data = { "inference_config.yaml": text };
  const kaito = (judged === "conflict") === (because === undefined) ? "refuses" : "takes";
  return { id, kaito, what, object: served, data, judged, ...(because === undefined ? {} : { because }) };
}
function trains(id: string, what: string, text: string, method?: string): RuleRow {
  const data = { "training_config.yaml": text };
  return { id, kaito: "refuses", what, object: trained(method), data, judged: "conflict" };
}
const training = (sections: string): string => `training_config:\n${results}${sections}`;

/** inference_config_validation.go and tuning_config_validation.go: judged when they change, too, and not in admission. */
export const settingsRules: readonly RuleRow[] = [
  { id: "W29", what: "its own client is not there", notApplicable: "admission asks no cluster" },
  { id: "W30", kaito: "refuses", what: "no ConfigMap", object: served, data: undefined, judged: "missing" },
  { id: "W31", kaito: "refuses", what: "no key", object: served, data: {}, judged: "missing" },
  serves("W32", "no YAML", "vllm: [", "conflict"),
  serves("W32", "a map as a value", "vllm: {compilation-config: {mode: 3}}", "conflict"),
  serves("W33", "b: a context that is no number", "vllm: {max-model-len: long}", "conflict"),
  serves("W33", "b: auto", "vllm: {max-model-len: auto}", "ok", "the server takes it"),
  serves("W33", "c: more context than the model reads", "vllm: {max-model-len: 20480}", "conflict"),
  serves("W33", "less context than the model reads", "vllm: {max-model-len: 2048}", "ok", undefined),
  serves("W33", "an option the server does not have", "vllm: {max-len: 1}", "conflict", "the server would not start"),
  {
    id: "W40",
    kaito: "refuses",
    what: "no ConfigMap to train by",
    object: trained(),
    data: undefined,
    judged: "missing",
  },
  { id: "T1", what: "its own client is not there", notApplicable: "admission asks no cluster" },
  { id: "T2", kaito: "refuses", what: "no ConfigMap", object: trained(), data: undefined, judged: "missing" },
  { id: "T3", kaito: "refuses", what: "no key", object: trained(), data: {}, judged: "missing" },
  trains("T4", "no YAML", "training_config: ["),
  trains("T5", "no training_config", "other: {}\n"),
  trains("T6", "a section named by a number", training("  5: {}\n")),
  trains("T7", "an unknown section", training("  LoraConfg: {}\n")),
  trains("T8", "a section that is no map", training("  QuantizationConfig: 5\n")),
  trains(
    "T9",
    "a switch that is no boolean",
    training('  QuantizationConfig: {load_in_4bit: "yes please"}\n'),
    "qlora",
  ),
  trains("T10", "4 and 8 bit", training("  QuantizationConfig: {load_in_4bit: true, load_in_8bit: true}\n"), "qlora"),
  trains("T11", "lora in 4 bit", training("  QuantizationConfig: {load_in_4bit: true}\n")),
  trains("T12", "qlora in neither", training(""), "qlora"),
  trains("T13", "arguments that are no map", "training_config:\n  TrainingArguments: 5\n"),
  trains("T14", "a directory that is no text", "training_config:\n  TrainingArguments: {output_dir: 5}\n"),
  trains("T15", "a directory outside /mnt", "training_config:\n  TrainingArguments: {output_dir: ../etc}\n"),
  {
    ...trains("T15", "/mnt2, which begins like /mnt", "training_config:\n  TrainingArguments: {output_dir: ../mnt2}\n"),
    kaito: "takes",
    because: "the result has to be on the volume for results, or it is lost",
  } as RuleRow,
];
