import type { Model, Release, RuntimeImage } from "../catalogue.ts";

/** Whether binaries built for `built` run on a GPU: same major version, and not newer than the GPU (CUDA's rule). */
export function supports(built: readonly string[], computeCapability: string): boolean {
  // One digit after the point, so that versions compare as numbers.
  const gpu = Number(computeCapability);
  return built.some((candidate) => Math.trunc(Number(candidate)) === Math.trunc(gpu) && Number(candidate) <= gpu);
}

/** bfloat16 exists from compute capability 8.0. */
export function hasBfloat16(computeCapability: string | undefined): boolean {
  return computeCapability === undefined || Number(computeCapability.split(".")[0]) >= 8;
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
      (wish.computeCapability === undefined || supports(image.computeCapabilities, wish.computeCapability)) &&
      (wish.tuning || smallestCapability(release, image, model, wish.computeCapability) === undefined) &&
      (wish.tuning ? image.tuning : image.runtime === "vllm" || model.transformersFlags !== undefined),
  );
  const of = (runtime: string): RuntimeImage | undefined => able.find((image) => image.runtime === runtime);
  if (wish.tuning) return of("transformers");
  return wish.runtime === undefined ? (of("vllm") ?? of("transformers")) : of(wish.runtime);
}

/**
 * The compute capability the model's quantisation needs in this image, where the GPU has less. Undefined where it runs,
 * and where nothing is known of GPU or server.
 */
function smallestCapability(
  release: Release,
  image: RuntimeImage,
  model: Model,
  computeCapability: string | undefined,
): string | undefined {
  if (model.quantization === undefined || computeCapability === undefined) return undefined;
  const known = release.servers.find(({ name }) => name === image.server)?.quantizations ?? {};
  const { method } = model.quantization;
  const needed = Object.hasOwn(known, method) ? known[method] : undefined;
  return needed === undefined || Number(computeCapability) >= Number(needed) ? undefined : needed;
}

/** Why `chooseRuntime` finds no image: the nearest thing that would have to be different. */
export function whyNoRuntime(release: Release, model: Model, wish: RuntimeWish): string {
  if (wish.gpuVendor === "amd") return "every image is built for NVIDIA's GPUs";
  const { computeCapability, ...any } = wish;
  const image = chooseRuntime(release, model, any);
  if (image === undefined) return `no image ${wish.tuning ? "tunes" : "serves"} ${model.name}${ofRuntime(wish)}`;
  const needed = smallestCapability(release, image, model, computeCapability);
  const built = computeCapability !== undefined && supports(image.computeCapabilities, computeCapability);
  return built && needed !== undefined
    ? `${model.quantization?.method} weights need compute capability ${needed}, it has ${computeCapability}`
    : `image ${image.name} is not built for compute capability ${computeCapability}`;
}

function ofRuntime({ runtime }: RuntimeWish): string {
  return runtime === undefined ? "" : ` with ${runtime}`;
}

export function imageReference(release: Release, image: RuntimeImage, model: Model): string {
  return image.image.replace("{registry}", release.defaults.registry).replace("{preset}", model.name);
}
