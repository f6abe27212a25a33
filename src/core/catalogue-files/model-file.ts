import type { Model } from "../catalogue.ts";
import { error, type Issue } from "../issue.ts";
import { boolean, integer, list, map, number, object, oneOf, string } from "../schema.ts";
import { closed, type FileKind, fileKind, flags, names, positive, tuned } from "./file-kind.ts";

const tuning = object(
  {
    storageGiB: integer("Disk.", positive),
    weightsArtifact: string("OCI artifact of weights."),
    targetModules: string("Modules LoRA adapts."),
  },
  "Present when the model can be tuned.",
  { required: ["storageGiB", "weightsArtifact"], ...closed },
);

const layerCache = object(
  {
    kind: oneOf(["attention", "mla", "compressed", "state", "none"], "What these layers keep."),
    layers: integer("How many layers.", positive),
    kvHeads: integer("Key-value heads.", positive),
    headDim: integer("Size of one head.", positive),
    windowTokens: integer("Sliding window.", positive),
    latentDim: integer("kv_lora_rank + qk_rope_head_dim.", positive),
    indexerBytes: integer("Bytes per token of the sparse attention's indexer.", positive),
    bytesPerToken: number("Bytes per token of all these layers together.", positive),
    windows: list(
      object(
        { windowTokens: integer("Tokens.", positive), bytesPerToken: number("Bytes per token.", positive) },
        "One window.",
        { required: ["windowTokens", "bytesPerToken"], ...closed },
      ),
      "What is kept of the last tokens, of all these layers together.",
    ),
    bytesPerSequence: integer("State of one sequence in one layer, bytes.", positive),
  },
  "Layers that keep the same.",
  { required: ["kind", "layers"], ...closed },
);

const model = object(
  {
    name: string("Preset name.", { pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" }),
    aliases: names,
    model: string("Hugging Face repository.", { pattern: "^[^/]+/[^/]+$" }),
    revision: string("Commit or main.", { pattern: "^([0-9a-f]{40}|main)$" }),
    license: string("Licence."),
    weightsFrom: string("Host the weights come from."),
    gated: boolean("Whether a token is needed."),
    mayMirror: boolean("Whether the licence allows a copy on a host of one's own."),
    architecture: string("Architecture in config.json."),
    runtimes: list(string("Name."), "Runtime images that serve it, by name; absent: every image that can."),
    weightsGiB: number("Weights on disk, GiB.", positive),
    contextTokens: integer("Longest context.", positive),
    hiddenSize: integer("Hidden size.", positive),
    vocabularySize: integer("Tokens it knows, vocab_size of config.json.", positive),
    layers: integer("Layers.", positive),
    attentionHeads: integer("Attention heads.", positive),
    cache: list(layerCache, "What the layers keep; the counts add up to layers."),
    kvSharedLayers: integer("Last layers that read the keys and values of earlier ones.", positive),
    quantization: object(
      { method: string("Method as vLLM names it."), bits: integer("Bits of a weight.", positive) },
      "Absent: 16 bit.",
      { required: ["method", "bits"], ...closed },
    ),
    experts: integer("Routed experts.", positive),
    largestTensor: integer("Most GPUs a layer can be split over, where quantised weights limit it.", positive),
    bfloat16Only: boolean("Whether its activations are too large for float16."),
    trustRemoteCode: boolean("Whether the repository's own code has to run."),
    cudaToolkit: boolean("Whether kernels are compiled on the node."),
    env: map(string("Value."), "Variables the server needs."),
    vllmFlags: flags,
    transformersFlags: flags,
    tuned,
    tuning,
    sources: list(string("One source."), "Where numbers come from."),
  },
  "A model.",
  {
    required: [
      "name",
      "model",
      "revision",
      "license",
      "weightsFrom",
      "mayMirror",
      "architecture",
      "weightsGiB",
      "contextTokens",
      "hiddenSize",
      "layers",
      "attentionHeads",
      "cache",
    ],
    ...closed,
  },
);

const modelEntry: FileKind<Model> = fileKind(model, (entry) => ({
  ...entry,
  aliases: entry.aliases ?? [],
  gated: entry.gated ?? false,
  // `cacheIssues` has checked which members each kind has.
  cache: entry.cache as unknown as Model["cache"],
  bfloat16Only: entry.bfloat16Only ?? false,
  trustRemoteCode: entry.trustRemoteCode ?? false,
  cudaToolkit: entry.cudaToolkit ?? false,
  env: entry.env ?? {},
  vllmFlags: entry.vllmFlags ?? {},
  tuned: entry.tuned ?? [],
  sources: entry.sources ?? [],
}));

/** A model file: its schema, then what a schema cannot say about the layers. */
export const modelFile: FileKind<Model> = {
  schema: modelEntry.schema,
  read: modelEntry.read,
  check: (value, root) => {
    const issues = modelEntry.check(value, root);
    return issues.length > 0 ? issues : cacheIssues(value as Pick<Model, "layers" | "cache">);
  },
};

const CACHE_MEMBERS: { readonly [kind in Model["cache"][number]["kind"]]: readonly string[] } = {
  attention: ["kvHeads", "headDim"],
  mla: ["latentDim"],
  compressed: ["bytesPerToken", "windows"],
  state: ["bytesPerSequence"],
  none: [],
};

function cacheIssues(entry: Pick<Model, "layers" | "cache">): readonly Issue[] {
  const issues = entry.cache.flatMap((group, i) =>
    CACHE_MEMBERS[group.kind]
      .filter((member) => !Object.hasOwn(group, member))
      .map((member) => {
        const path = `cache[${i}].${member}`;
        return error(path, "schema/required", `${path} is required with kind ${group.kind} and absent`);
      }),
  );
  const counted = entry.cache.reduce((sum, group) => sum + group.layers, 0);
  if (counted === entry.layers) return issues;
  return [
    ...issues,
    error("cache", "catalogue/layers", `cache describes ${counted} layers, the model has ${entry.layers}`),
  ];
}
