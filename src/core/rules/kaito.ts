import type { RuleSet } from "./rule.ts";

/** What is taken here and KAITO refuses: none of it stops anything. */
export const kaitoRules = {
  "kaito/adapter-strength": {
    level: "warning",
    means:
      "An init container scales the adapter here, whatever the runtime; KAITO refuses a strength with vLLM, its default.",
    remedy: "To stay portable leave strength out, and merge it into the adapter.",
    example: "inference: {adapters: [{source: {name: a, image: 'r/a:1'}, strength: '0.5'}]}",
    source: "KAITO v0.12, validateCreateWithInference",
  },
  "kaito/max-model-len": {
    level: "warning",
    means:
      "vLLM takes auto and numbers such as 25.6k in the ConfigMap; KAITO reads a whole number and refuses the Workspace.",
    remedy: "To stay portable state a whole number, or leave it out.",
    when: "a Workspace whose ConfigMap has max-model-len: auto",
    source: "KAITO v0.12, inference_config_validation.go",
  },
  "kaito/preset-and-template": {
    level: "warning",
    means: "A template beside a preset is laid over its pod here; KAITO takes one of the two.",
    remedy: "To stay portable keep one of them.",
    example: "inference: {template: {spec: {containers: [{name: model, env: [{name: A, value: b}]}]}}}",
    source: "KAITO v0.12, InferenceSpec.validateCreate",
  },
  "kaito/preset-name": {
    level: "warning",
    means: "KAITO takes 25 short names of presets and any org/model; this is none of them.",
    remedy: "To stay portable name the model as Hugging Face does; the message has its name.",
    example: "inference: {preset: {name: qwen3.5-4b}}",
    source: "KAITO v0.12, IsValidPreset",
  },
  "kaito/runtime": {
    level: "warning",
    means: "An image of the catalogue serves the model with transformers; KAITO has no command for it.",
    remedy: "To stay portable leave kaito.sh/runtime out.",
    example:
      "{metadata: {annotations: {kaito.sh/runtime: transformers}}, inference: {preset: {name: phi-4-mini-instruct}}}",
    source: "KAITO v0.12, validateCreateWithInference",
  },
  "kaito/selector": {
    level: "warning",
    means:
      "On own nodes any operator is node affinity here; KAITO takes matchLabels and In with one value, and wants a label it does not set itself.",
    remedy: "To stay portable label the nodes so that matchLabels is enough.",
    example:
      "{metadata: {annotations: {foresail.dev/provision: 'false'}}, resource: {labelSelector: {matchExpressions: [{key: zone, operator: Exists}]}}}",
    source: "KAITO v0.12, LabelSelectorAsMap",
  },
} as const satisfies RuleSet;
