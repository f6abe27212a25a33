export type { LayerCache, Model, Tuned } from "./catalogue/model.ts";

import type { Model, Tuned } from "./catalogue/model.ts";
import { findNamed } from "./catalogue/names.ts";

/** What one version of an inference server knows, read from that version itself. */
export interface ServerVersion {
  /** For example `vllm-0.25.1`. */
  readonly name: string;
  /** Long options without dashes: `flag` takes no value, `value` any, else one of the values listed. */
  readonly flags: { readonly [flag: string]: "flag" | "value" | readonly string[] };
  readonly architectures: readonly string[];
  readonly toolCallParsers: readonly string[];
  readonly reasoningParsers: readonly string[];
  /** Smallest compute capability by quantisation method; some unpack the weights there and compute in 16 bit. */
  readonly quantizations: { readonly [method: string]: string };
  /** Compute capability from which GPUs calculate with these weights as they are; below it they are unpacked to 16 bit. */
  readonly nativeQuantizations: { readonly [method: string]: string };
  /** Smallest compute capability of architectures whose attention has kernels for newer GPUs only. */
  readonly architectureCapabilities: { readonly [architecture: string]: string };
  /** Architectures whose layers it cannot split into the stages of a pipeline. */
  readonly withoutPipeline: readonly string[];
  /** Architectures it takes no LoRA adapters for. */
  readonly withoutLora: readonly string[];
}

/** One way to cut a GPU in hardware, as NVIDIA names it: `1g.10gb`. */
export interface MigProfile {
  readonly profile: string;
  readonly memoryGiB: number;
  /** GPU models that can be cut so. */
  readonly gpuModels: readonly string[];
}

/** Where images and weights are fetched instead of the public hosts. */
export interface Mirrors {
  /** Longest prefix wins. */
  readonly images: readonly { readonly prefix: string; readonly mirror: string }[];
  /** Endpoint that stands in for https://huggingface.co. */
  readonly huggingFaceEndpoint?: string;
  /** Names of secrets in the Workspace's namespace, added to every pod. */
  readonly pullSecrets: readonly string[];
  /** ConfigMap in the Workspace's namespace with certificate authorities in PEM. */
  readonly caBundle?: { readonly configMap: string; readonly key: string };
}

/** A container image that can run models. */
export interface RuntimeImage {
  readonly name: string;
  /** Reference; `{registry}` and `{preset}` are replaced. */
  readonly image: string;
  readonly runtime: "vllm" | "transformers";
  /** Presets it exists for; absent: every preset. */
  readonly presets?: readonly string[];
  /** What stands for `{preset}` where that is not the preset's name. */
  readonly presetNames: { readonly [preset: string]: string };
  readonly weightsInside: boolean;
  /** HTTP APIs the server answers. */
  readonly api: readonly string[];
  /** CUDA compute capabilities its binaries were built for, smallest first. */
  readonly computeCapabilities: readonly string[];
  /** The server version inside, by name. */
  readonly server?: string;
  /** Flags of the image's own entry script, beyond those of the server. */
  readonly wrapperFlags: readonly string[];
  readonly tuned: readonly Tuned[];
  /** User id the image must run as; KAITO's images run as root. */
  readonly runAsUser: number;
  /** Whether it carries the tuning scripts. */
  readonly tuning: boolean;
  /** Why it is not the image of choice any more; shown as a warning. */
  readonly retired?: string;
}

export interface InstanceType {
  readonly name: string;
  /** KAITO's misspelt or older names for the same size. */
  readonly aliases: readonly string[];
  readonly cloud: "azure" | "aws";
  readonly gpuVendor: "nvidia" | "amd";
  readonly gpuModel: string;
  readonly gpuCount: number;
  /** Memory of one GPU. */
  readonly gpuMemoryGiB: number;
  /** CUDA compute capability, absent for GPUs of other vendors. */
  readonly computeCapability?: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly localNvme: boolean;
  readonly confidential: boolean;
  /** Sizes with the same word share a quota. Absent: what the name says. */
  readonly family?: string;
  /** Day from which the cloud no longer offers it, ISO. */
  readonly retiredOn?: string;
}

/** Prices of one source: region → instance type → USD per hour, on demand and, where known, spot. */
export interface PriceTable {
  readonly cloud: "azure" | "aws";
  readonly currency: "USD";
  readonly date: string;
  readonly source: string;
  readonly regions: { readonly [region: string]: { readonly [instanceType: string]: number } };
  readonly spotRegions: { readonly [region: string]: { readonly [instanceType: string]: number } };
}

export interface Defaults {
  readonly cloud: "azure" | "aws";
  readonly region: string;
  readonly provision: boolean;
  readonly placement: "dedicated" | "shared";
  readonly capacityTypes: readonly string[];
  readonly registry: string;
  readonly imageFamily: string;
  /** StorageClass of the disks that weights are downloaded to; absent: the node's own disk. */
  readonly weightsStorageClass?: string;
  /** Hardware assumed for bring-your-own nodes, as in the annotation foresail.dev/gpu. */
  readonly gpu?: string;
  /** Who serves claims decides labels of the pods' node affinity (gpu-provisioner wants KAITO's). */
  readonly provider: "karpenter" | "aks" | "gpu-provisioner";
  /** Images of the init containers and sidecars. */
  readonly images: {
    readonly puller: string;
    readonly oras: string;
    readonly curl: string;
    /** Foresail's own, for the chat sidecar. */
    readonly foresail: string;
  };
  readonly vllmFlags: { readonly [flag: string]: string };
  /** KAITO's shared lora and qlora defaults by method: section → key → value. */
  readonly tuningConfig: { readonly [method: string]: { readonly [section: string]: unknown } };
}

/** Everything one release's expansions depend on. Frozen; a change builds a new one. */
export interface Release {
  /** `2026.11.0`, and with users' files `2026.11.0+1a2b3c4d`. */
  readonly id: string;
  /** Revision of the expansion engine this release was made with. */
  readonly engine: number;
  readonly models: readonly Model[];
  /** Names KAITO once had, with the nearest living preset. */
  readonly formerModels: readonly { readonly name: string; readonly nearest: string }[];
  readonly runtimes: readonly RuntimeImage[];
  readonly servers: readonly ServerVersion[];
  readonly migProfiles: readonly MigProfile[];
  readonly instanceTypes: readonly InstanceType[];
  /** In the order they are asked: users' files before the shipped ones. */
  readonly prices: readonly PriceTable[];
  readonly mirrors?: Mirrors;
  readonly defaults: Defaults;
}

/** The running release and those this version still carries, so that a pin in git keeps its meaning. */
export interface Catalogue {
  readonly current: Release;
  readonly releases: readonly Release[];
  /** What is worth knowing of users' files, with file and line; none of it stops anything. */
  readonly notes?: readonly string[];
}

export function findRelease(catalogue: Catalogue, id: string): Release | undefined {
  return catalogue.releases.find((release) => release.id === id);
}

/** Compares without case: KAITO lower-cases names, Hugging Face keeps their case. */
export function findModel(release: Release, name: string): Model | undefined {
  return findNamed(release.models, name, (model) => [model.name, model.model, ...model.aliases]);
}

export function findInstanceType(release: Release, name: string): InstanceType | undefined {
  return findNamed(release.instanceTypes, name, (type) => [type.name, ...type.aliases]);
}
