import type { Model, Release, RuntimeImage } from "../catalogue.ts";

/** Whether binaries built for `built` run on a GPU: same major version, and not newer than the GPU (CUDA's rule). */
export function supports(built: readonly string[], computeCapability: string): boolean {
  // One digit after the point, so that versions compare as numbers.
  const gpu = Number(computeCapability);
  return built.some((candidate) => Math.trunc(Number(candidate)) === Math.trunc(gpu) && Number(candidate) <= gpu);
}

const FIRST_WITH_BFLOAT16 = "8.0";

export function hasBfloat16(computeCapability: string | undefined): boolean {
  return computeCapability === undefined || Number(computeCapability) >= Number(FIRST_WITH_BFLOAT16);
}

export interface RuntimeWish {
  readonly runtime?: "vllm" | "transformers";
  readonly computeCapability?: string;
  /** Absent where the hardware is unknown. */
  readonly gpuVendor?: "nvidia" | "amd";
  readonly tuning: boolean;
}

/**
 * The image a model runs in: of the runtime asked for, the first in catalogue order that is built for the GPU. Without
 * a wish vLLM, else transformers: KAITO's last self-contained image is what still serves GPUs older than vLLM's build.
 */
export function chooseRuntime(release: Release, model: Model, wish: RuntimeWish): RuntimeImage | undefined {
  // Every image of the catalogue is built for CUDA.
  if (wish.gpuVendor === "amd") return undefined;
  const able = release.runtimes.filter(
    (image) =>
      (image.presets === undefined || image.presets.includes(model.name)) &&
      (image.retired === undefined || isOld(release, wish.computeCapability)) &&
      (wish.computeCapability === undefined || supports(image.computeCapabilities, wish.computeCapability)) &&
      (wish.tuning ? image.tuning : serves(release, image, model, wish.computeCapability)),
  );
  const of = (runtime: string): RuntimeImage | undefined => able.find((image) => image.runtime === runtime);
  if (wish.tuning) return of("transformers");
  return wish.runtime === undefined ? (of("vllm") ?? of("transformers")) : of(wish.runtime);
}

/** Whether no image in service is built for the GPU: only then one of earlier days is worth its age. */
function isOld(release: Release, computeCapability: string | undefined): boolean {
  const current = release.runtimes.filter(({ retired }) => retired === undefined);
  return (
    computeCapability !== undefined &&
    !current.some(({ computeCapabilities }) => supports(computeCapabilities, computeCapability))
  );
}

function serves(release: Release, image: RuntimeImage, model: Model, computeCapability: string | undefined): boolean {
  return (
    (model.runtimes === undefined || model.runtimes.includes(image.name)) &&
    (image.runtime === "vllm" || model.transformersFlags !== undefined) &&
    lacking(release, image, model, computeCapability) === undefined
  );
}

/**
 * What of the model has no kernels in this image for a GPU like this, and the compute capability it needs. Undefined where
 * it runs, and where nothing is known of GPU or server.
 */
function lacking(
  release: Release,
  image: RuntimeImage,
  { name: modelName, architecture, bfloat16Only, quantization }: Model,
  computeCapability: string | undefined,
): { readonly what: string; readonly needed: string } | undefined {
  if (bfloat16Only && !hasBfloat16(computeCapability)) {
    return { what: `bfloat16, without which ${modelName} overflows,`, needed: FIRST_WITH_BFLOAT16 };
  }
  const server = release.servers.find(({ name }) => name === image.server);
  if (server === undefined || computeCapability === undefined) return undefined;
  const method = quantization?.method ?? "";
  const { architectureCapabilities: architectures, quantizations } = server;
  const needs = [
    {
      what: `what reads ${method} weights`,
      needed: Object.hasOwn(quantizations, method) ? quantizations[method] : undefined,
    },
    {
      what: `what runs ${architecture}`,
      needed: Object.hasOwn(architectures, architecture) ? architectures[architecture] : undefined,
    },
  ];
  for (const { what, needed } of needs) {
    if (needed !== undefined && Number(computeCapability) < Number(needed)) return { what, needed };
  }
  return undefined;
}

/** Why `chooseRuntime` finds no image: the nearest thing that would have to be different. */
export function whyNoRuntime(release: Release, model: Model, wish: RuntimeWish): string {
  if (wish.gpuVendor === "amd") return "every image is built for NVIDIA's GPUs";
  const { computeCapability, ...any } = wish;
  const image = chooseRuntime(release, model, any);
  if (image === undefined) return `no image ${wish.tuning ? "tunes" : "serves"} ${model.name}${ofRuntime(wish)}`;
  const lack = lacking(release, image, model, computeCapability);
  const built = computeCapability !== undefined && supports(image.computeCapabilities, computeCapability);
  return built && lack !== undefined
    ? `${lack.what} needs compute capability ${lack.needed}, it has ${computeCapability}`
    : `image ${image.name} is not built for compute capability ${computeCapability}`;
}

function ofRuntime({ runtime }: RuntimeWish): string {
  return runtime === undefined ? "" : ` with ${runtime}`;
}

export function imageReference(release: Release, image: RuntimeImage, model: Model): string {
  const preset = Object.hasOwn(image.presetNames, model.name) ? image.presetNames[model.name] : undefined;
  return image.image.replace("{registry}", release.defaults.registry).replace("{preset}", preset ?? model.name);
}
