import type { RuleSet } from "./rule.ts";

/** ConfigMaps with settings of server or training, read where they are: in the cluster, or by check among the files. */
export const settingsRules = {
  "config/invalid": {
    level: "error",
    means: "No ConfigMap can have the name that the Workspace states.",
    remedy: "Use the name of a ConfigMap of the namespace.",
    when: "inference.config: My_Settings",
  },
  "config/missing": {
    level: "error",
    means: "The ConfigMap lacks the key that is read.",
    remedy: "Add inference_config.yaml, or training_config.yaml for training.",
    when: "a ConfigMap without the key inference_config.yaml",
    source: "KAITO v0.12, validateInferenceConfig",
  },
  "config/unknown-flag": {
    level: "error",
    means: "The server has no such option and would not start.",
    remedy: "Use the nearest option, or remove it.",
    example: "vllm: {max-model-length: 2048}",
  },
  "config/conflict": {
    level: "error",
    means: "The server or training script refuses the value, or it contradicts the pod around it.",
    remedy: "As the message says for the setting.",
    example: "vllm: {max-model-len: 1000000}",
    source: "KAITO v0.12 judges max-model-len and the training sections, at creation only",
  },
  "config/ignored": {
    level: "warning",
    means: "Nothing reads the setting, or it has a better place.",
    remedy: "Remove it.",
    example: "{max_probe_steps: 6, vllm: {max-model-len: 2048}}",
  },
} as const satisfies RuleSet;
