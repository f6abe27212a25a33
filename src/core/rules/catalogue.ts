import type { RuleSet } from "./rule.ts";

/** Presets and other files of the catalogue. */
export const catalogueRules = {
  "catalogue/layers": {
    level: "error",
    means: "The groups of layers do not add up to the model's layers, so its memory would be wrong.",
    remedy: "Describe every layer once.",
    when: "a model file of 32 layers whose cache describes 31",
  },
  "derive/repository": {
    level: "error",
    means: "The model is not named as Hugging Face names it.",
    remedy: "Write org/model.",
    when: "foresail preset add tiny",
  },
  "derive/server": {
    level: "error",
    means: "The catalogue does not say what any server knows, so nothing can be derived for one.",
    remedy: "Add a server to the runtime image in the catalogue.",
    when: "a catalogue whose vLLM images name no server",
  },
  "derive/object": {
    level: "error",
    means: "config.json is no object.",
    remedy: "Give the model's own config.json.",
    when: "a config.json that is a list",
  },
  "derive/required": {
    level: "error",
    means: "A number that every language model has is absent.",
    remedy: "Give the config.json of the language model.",
    example: "num_hidden_layers: null",
  },
  "derive/number": {
    level: "error",
    means: "A number is no whole number a model can have.",
    remedy: "Check the file; write the preset by hand where numbers differ by layer.",
    example: "hidden_size: -1",
  },
  "derive/layers": {
    level: "error",
    means: "More or fewer layers are described than there are.",
    remedy: "Check num_hidden_layers and layer_types.",
    example: "layer_types: [full_attention]",
  },
  "derive/unknown-architecture": {
    level: "error",
    means: "vLLM does not know the architecture and would not start.",
    remedy: "Use a model of one of the nearest architectures.",
    example: "architectures: [BrandNewForCausalLM]",
  },
  "derive/unsupported": {
    level: "error",
    means: "A preset cannot describe what the model keeps, such as a second cache for an encoder.",
    remedy: "Use another model.",
    example: "is_encoder_decoder: true",
  },
  "derive/unknown-quantization": {
    level: "error",
    means: "vLLM does not load weights quantised so.",
    remedy: "Use another quantisation of the model.",
    example: "quantization_config: {quant_method: magic}",
  },
  "derive/weights": {
    level: "error",
    means: "Nothing says how large the weights are, and guessing would promise too much.",
    remedy: "Give --index or --weights-gib.",
    when: "no index, no sizes of files and no --weights-gib",
  },
  "derive/revision": {
    level: "warning",
    means: "main moves: the same git would run other weights.",
    remedy: "Give --revision with a commit.",
    when: "no --revision",
  },
  "derive/license": {
    level: "warning",
    means: "Nobody said which licence the model has; policies judge by it.",
    remedy: "Give --license.",
    when: "no --license",
  },
  "derive/known-model": {
    level: "warning",
    means: "The catalogue has the model under another name.",
    remedy: "Use that preset, or give --name to replace it.",
    when: "a repository of the catalogue under a new name",
  },
  "derive/name-taken": {
    level: "either",
    means:
      "Another model has the name: as the name of its preset it is replaced, for everybody, which is a warning; as a second name of it the file would be refused.",
    remedy: "Give --name.",
    when: "foresail preset add acme/phi-4",
  },
  "derive/parsers": {
    level: "warning",
    means: "No parser of tool calls or reasoning is sure, and a wrong one breaks answers.",
    remedy: "Add tool-call-parser as the model's card says.",
    when: "a model of an architecture without a sure parser",
  },
  "derive/remote-code": {
    level: "warning",
    means: "Python code of the repository will run in the pod.",
    remedy: "Read it, and pin the revision.",
    example: "{model_type: own, auto_map: {AutoConfig: configuration_own.OwnConfig}}",
  },
  "price/stale": {
    level: "warning",
    means: "Prices were read more than 90 days ago: clouds change those of GPUs a few times a year.",
    remedy: "Give newer ones in a price file with --catalog.",
    when: "foresail explain 91 days after the date of the prices",
  },
} as const satisfies RuleSet;
