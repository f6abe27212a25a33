import type { Defaults, InstanceType, Model, PriceTable, Release, RuntimeImage } from "./catalogue.ts";
import type { Issue } from "./issue.ts";
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

const model = object(
  {
    name: string("Preset name.", { pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" }),
    aliases: names,
    model: string("Hugging Face repository.", { pattern: "^[^/]+/[^/]+$" }),
    revision: string("Commit or main.", { pattern: "^([0-9a-f]{40}|main)$" }),
    license: string("Licence."),
    architecture: string("Architecture in config.json."),
    weightsGiB: number("Weights on disk, GiB.", positive),
    contextTokens: integer("Longest context.", positive),
    layers: integer("Layers.", positive),
    attentionHeads: integer("Attention heads.", positive),
    kvHeads: integer("Key-value heads.", positive),
    headDim: integer("Size of one head.", positive),
    vllmFlags: flags,
    transformersFlags: flags,
    tuning,
  },
  "A model.",
  {
    required: [
      "name",
      "model",
      "revision",
      "license",
      "architecture",
      "weightsGiB",
      "contextTokens",
      "layers",
      "attentionHeads",
      "kvHeads",
      "headDim",
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
  },
  "On-demand prices.",
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
    images: object({ puller: string("skopeo."), oras: string("oras."), curl: string("curl.") }, "Images.", {
      required: ["puller", "oras", "curl"],
      ...closed,
    }),
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

export const modelFile: FileKind<Model> = fileKind(model, (entry) => ({
  ...entry,
  aliases: entry.aliases ?? [],
  vllmFlags: entry.vllmFlags ?? {},
  transformersFlags: entry.transformersFlags ?? {},
}));

export const runtimesFile: FileKind<readonly RuntimeImage[]> = fileKind(
  object({ runtimes: list(runtime, "Images.") }, "Runtime images.", { required: ["runtimes"], ...closed }),
  (file) => file.runtimes,
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

export const pricesFile: FileKind<PriceTable> = fileKind(prices, (file) => file);

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
