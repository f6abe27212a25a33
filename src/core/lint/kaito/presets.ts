// KAITO v0.12, pkg/utils/plugin: names that are not org/model. Any org/model is looked up.
const SHORT_NAMES: ReadonlySet<string> = new Set([
  "deepseek-r1-0528",
  "deepseek-r1-distill-llama-8b",
  "deepseek-r1-distill-qwen-14b",
  "deepseek-v3-0324",
  "gemma-3-27b-instruct",
  "gemma-3-4b-instruct",
  "gpt-oss-120b",
  "gpt-oss-20b",
  "llama-3.1-8b-instruct",
  "llama-3.3-70b-instruct",
  "ministral-3-14b-instruct",
  "ministral-3-3b-instruct",
  "ministral-3-8b-instruct",
  "mistral-7b",
  "mistral-7b-instruct",
  "mistral-large-3-675b-instruct",
  "phi-3-medium-128k-instruct",
  "phi-3-medium-4k-instruct",
  "phi-3-mini-128k-instruct",
  "phi-3-mini-4k-instruct",
  "phi-3.5-mini-instruct",
  "phi-4",
  "phi-4-mini-instruct",
  "qwen2.5-coder-32b-instruct",
  "qwen2.5-coder-7b-instruct",
]);

// KAITO v0.12, presets/workspace/models: last parts of org/model that have a command for the transformers runtime.
const TRANSFORMERS: ReadonlySet<string> = new Set([
  "deepseek-r1-0528",
  "deepseek-r1-distill-llama-8b",
  "deepseek-r1-distill-qwen-14b",
  "deepseek-v3-0324",
  "gemma-3-27b-it",
  "gemma-3-4b-it",
  "gpt-oss-120b",
  "gpt-oss-20b",
  "llama-3.1-8b-instruct",
  "llama-3.3-70b-instruct",
  "mistral-7b-instruct-v0.3",
  "mistral-7b-v0.3",
  "mistral-large-3-675b-instruct",
  "phi-3-medium-128k-instruct",
  "phi-3-medium-4k-instruct",
  "phi-3-mini-128k-instruct",
  "phi-3-mini-4k-instruct",
  "phi-3.5-mini-instruct",
  "phi-4",
  "qwen2.5-coder-32b-instruct",
  "qwen2.5-coder-7b-instruct",
]);

/** Whether KAITO takes a name of a preset at all; of org/model it asks Hugging Face. */
export function isPresetOfKaito(name: string): boolean {
  return SHORT_NAMES.has(name.toLowerCase()) || /^[^/]+\/./s.test(name);
}

/** @param model as Hugging Face names it, org/model */
export function hasTransformersInKaito(model: string): boolean {
  return TRANSFORMERS.has(model.toLowerCase().split("/").at(-1) ?? "");
}
