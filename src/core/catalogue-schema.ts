import type {
  Defaults,
  InstanceType,
  MigProfile,
  Mirrors,
  Model,
  PriceTable,
  Release,
  RuntimeImage,
  ServerVersion,
} from "./catalogue.ts";
import { error, type Issue } from "./issue.ts";
import {
  anyObject,
  boolean,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  type Schema,
  string,
  validator,
} from "./schema.ts";

const positive = { exclusiveMinimum: 0 };
const closed = { keywords: { additionalProperties: false } };
const flags = map(string("Value; empty for a bare flag."), "Flags of the server by name.");
const cloud = oneOf(["azure", "aws"], "Cloud the size belongs to.");
const date = string("Day, ISO 8601.", { pattern: "^\\d{4}-\\d{2}-\\d{2}$" });
const capability = string("CUDA compute capability.", { pattern: "^\\d+\\.\\d$" });
const names = list(string("Name."), "Names.");

const tuning = object(
  {
    storageGiB: integer("Disk.", positive),
    weightsArtifact: string("OCI artifact of weights."),
    targetModules: string("Modules LoRA adapts."),
  },
  "Present when the model can be tuned.",
  { required: ["storageGiB", "weightsArtifact"], ...closed },
);

const tuned = list(
  object(
    {
      gpuModel: string("GPU model as the sizes name it."),
      performanceMode: oneOf(["balanced", "interactivity", "throughput"], "Performance mode."),
      flags,
      source: string("Where the values come from."),
      date,
    },
    "Flags for one GPU model or performance mode.",
    { required: ["flags", "source", "date"], ...closed },
  ),
  "Tuned flags.",
);

const layerCache = object(
  {
    kind: oneOf(["attention", "mla", "state", "none"], "What these layers keep."),
    layers: integer("How many layers.", positive),
    kvHeads: integer("Key-value heads.", positive),
    headDim: integer("Size of one head.", positive),
    windowTokens: integer("Sliding window.", positive),
    latentDim: integer("kv_lora_rank + qk_rope_head_dim.", positive),
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
    weightsGiB: number("Weights on disk, GiB.", positive),
    contextTokens: integer("Longest context.", positive),
    hiddenSize: integer("Hidden size.", positive),
    layers: integer("Layers.", positive),
    attentionHeads: integer("Attention heads.", positive),
    cache: list(layerCache, "What the layers keep; the counts add up to layers."),
    quantization: object(
      { method: string("Method as vLLM names it."), bits: integer("Bits of a weight.", positive) },
      "Absent: 16 bit.",
      { required: ["method", "bits"], ...closed },
    ),
    experts: integer("Routed experts.", positive),
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

const runtime = object(
  {
    name: string("Name."),
    image: string("Image reference."),
    runtime: oneOf(["vllm", "transformers"], "Runtime inside."),
    presets: names,
    weightsInside: boolean("Whether the weights are in the image."),
    api: names,
    computeCapabilities: list(capability, "Capabilities it is built for."),
    server: string("Name of the server version inside."),
    wrapperFlags: list(string("Flag."), "Flags of the image's own entry script."),
    tuned,
    runAsUser: integer("User id.", { minimum: 0 }),
    tuning: boolean("Whether it can train."),
    retired: string("Why it is not the image of choice."),
  },
  "A runtime image.",
  {
    required: ["name", "image", "runtime", "weightsInside", "api", "computeCapabilities", "runAsUser", "tuning"],
    ...closed,
  },
);

const instanceType = object(
  {
    name: string("Name."),
    aliases: names,
    gpuVendor: oneOf(["nvidia", "amd"], "Vendor."),
    gpuModel: string("GPU model."),
    gpuCount: integer("GPUs.", positive),
    gpuMemoryGiB: number("Memory of one GPU, GiB.", positive),
    computeCapability: capability,
    vcpus: integer("vCPUs.", positive),
    memoryGiB: number("Memory, GiB.", positive),
    localNvme: boolean("Local NVMe disks."),
    confidential: boolean("Confidential VM."),
    retiredOn: date,
    source: string("Where the row is from."),
  },
  "A size.",
  {
    required: ["name", "gpuVendor", "gpuModel", "gpuCount", "gpuMemoryGiB", "vcpus", "memoryGiB", "source"],
    ...closed,
  },
);

const prices = object(
  {
    cloud,
    currency: oneOf(["USD"], "Currency."),
    date,
    source: string("Where the prices are from."),
    regions: map(map(number("USD per hour.", positive), "Prices by size."), "Prices by region."),
    spotRegions: map(map(number("USD per hour.", positive), "Prices by size."), "Spot prices by region."),
  },
  "Prices.",
  { required: ["cloud", "currency", "date", "source", "regions"], ...closed },
);

const defaults = object(
  {
    release: string("Release of the catalogue.", { pattern: "^\\d{4}\\.\\d{1,2}\\.\\d+$" }),
    engine: integer("Revision of the engine.", { minimum: 1 }),
    formerModels: list(
      object({ name: string("Name."), nearest: string("Nearest preset.") }, "One.", {
        required: ["name", "nearest"],
        ...closed,
      }),
      "Former names.",
    ),
    cloud,
    region: string("Region."),
    provision: boolean("Whether nodes are created."),
    placement: oneOf(["dedicated", "shared"], "Placement."),
    capacityTypes: list(oneOf(["on-demand", "spot", "reserved"], "Capacity type."), "In order."),
    registry: string("Registry and path of KAITO's images."),
    imageFamily: string("Node image family."),
    gpu: string("Hardware of bring-your-own nodes."),
    provider: oneOf(["karpenter", "aks", "gpu-provisioner"], "Who serves claims."),
    images: object(
      { puller: string("skopeo."), oras: string("oras."), curl: string("curl."), foresail: string("Foresail.") },
      "Images.",
      { required: ["puller", "oras", "curl", "foresail"], ...closed },
    ),
    vllmFlags: flags,
    tuningConfig: map(map(anyObject("Section."), "Sections."), "By method."),
  },
  "Defaults of the catalogue.",
  {
    required: [
      "release",
      "engine",
      "cloud",
      "region",
      "provision",
      "placement",
      "capacityTypes",
      "registry",
      "imageFamily",
      "provider",
      "images",
      "vllmFlags",
      "tuningConfig",
    ],
    ...closed,
  },
);

interface FileKind<T> {
  readonly check: (value: unknown, root: string) => readonly Issue[];
  readonly read: (value: unknown) => T;
}

function fileKind<S extends Schema<unknown>, T>(schema: S, read: (value: NonNullable<S["type"]>) => T): FileKind<T> {
  return { check: validator(schema), read: (value) => read(value as NonNullable<S["type"]>) };
}

const modelEntry: FileKind<Model> = fileKind(model, (entry) => ({
  ...entry,
  aliases: entry.aliases ?? [],
  gated: entry.gated ?? false,
  // `cacheIssues` has checked which members each kind has.
  cache: entry.cache as unknown as Model["cache"],
  trustRemoteCode: entry.trustRemoteCode ?? false,
  cudaToolkit: entry.cudaToolkit ?? false,
  env: entry.env ?? {},
  vllmFlags: entry.vllmFlags ?? {},
  tuned: entry.tuned ?? [],
  sources: entry.sources ?? [],
}));

/** A model file: its schema, then what a schema cannot say about the layers. */
export const modelFile: FileKind<Model> = {
  read: modelEntry.read,
  check: (value, root) => {
    const issues = modelEntry.check(value, root);
    return issues.length > 0 ? issues : cacheIssues(value as Pick<Model, "layers" | "cache">);
  },
};

const CACHE_MEMBERS: { readonly [kind in Model["cache"][number]["kind"]]: readonly string[] } = {
  attention: ["kvHeads", "headDim"],
  mla: ["latentDim"],
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

const serverVersion = object(
  {
    name: string("Server and version."),
    // A list of values is written as `a|b`, so that the file stays one line a flag.
    flags: map(string("flag, value, or the values it takes, separated by |."), "Long options without dashes."),
    architectures: names,
    toolCallParsers: names,
    reasoningParsers: names,
    quantizations: map(capability, "Smallest compute capability by quantisation method."),
  },
  "What one version of a server knows.",
  {
    required: ["name", "flags", "architectures", "toolCallParsers", "reasoningParsers", "quantizations"],
    ...closed,
  },
);

export const serverFile: FileKind<ServerVersion> = fileKind(serverVersion, (entry) => ({
  ...entry,
  flags: Object.fromEntries(
    Object.entries(entry.flags).map(([name, takes]) => [
      name,
      takes === "flag" || takes === "value" ? takes : takes.split("|"),
    ]),
  ),
}));

export const migProfilesFile: FileKind<readonly MigProfile[]> = fileKind(
  object(
    {
      migProfiles: list(
        object(
          { profile: string("Profile."), memoryGiB: integer("Memory, GiB.", positive), gpuModels: names },
          "One.",
          { required: ["profile", "memoryGiB", "gpuModels"], ...closed },
        ),
        "Profiles.",
      ),
    },
    "Ways to cut a GPU.",
    { required: ["migProfiles"], ...closed },
  ),
  (file) => file.migProfiles,
);

export const mirrorsFile: FileKind<Mirrors> = fileKind(
  object(
    {
      images: list(
        object({ prefix: string("Prefix of image references."), mirror: string("What stands in for it.") }, "One.", {
          required: ["prefix", "mirror"],
          ...closed,
        }),
        "Image prefixes; the longest wins.",
      ),
      huggingFaceEndpoint: string("Stands in for https://huggingface.co.", { pattern: "^https?://[^/ ]+(/[^ ]*)?$" }),
      pullSecrets: names,
      caBundle: object({ configMap: string("Name."), key: string("Key.") }, "Certificate authorities.", {
        required: ["configMap", "key"],
        ...closed,
      }),
    },
    "Mirrors of public hosts.",
    closed,
  ),
  (file) => ({ ...file, images: file.images ?? [], pullSecrets: file.pullSecrets ?? [] }),
);

export const runtimesFile: FileKind<readonly RuntimeImage[]> = fileKind(
  object({ runtimes: list(runtime, "Images.") }, "Runtime images.", { required: ["runtimes"], ...closed }),
  (file) =>
    file.runtimes.map((entry) => ({ ...entry, wrapperFlags: entry.wrapperFlags ?? [], tuned: entry.tuned ?? [] })),
);

export const instanceTypesFile: FileKind<readonly InstanceType[]> = fileKind(
  object({ cloud, instanceTypes: list(instanceType, "Sizes.") }, "Sizes.", {
    required: ["cloud", "instanceTypes"],
    ...closed,
  }),
  (file) =>
    file.instanceTypes.map(({ source: _source, ...entry }) => ({
      ...entry,
      cloud: file.cloud,
      aliases: entry.aliases ?? [],
      localNvme: entry.localNvme ?? false,
      confidential: entry.confidential ?? false,
    })),
);

export const pricesFile: FileKind<PriceTable> = fileKind(prices, (file) => ({
  ...file,
  spotRegions: file.spotRegions ?? {},
}));

export const defaultsFile: FileKind<
  Defaults & Pick<Release, "engine"> & { readonly release: string; readonly formerModels?: Release["formerModels"] }
> = fileKind(defaults, (file) => file);

/** A published release, kept whole: written by `foresail`'s own generator, never by hand. */
export const releaseFile: FileKind<Release> = fileKind(
  object({ id: string("Release."), engine: integer("Engine.") }, "A release.", {
    required: ["id", "engine"],
  }) as Schema<Release>,
  (file) => file,
);
