import { cloudOf, hourlyPriceUsd, type InstanceType, type Model, type Release } from "../catalogue.ts";
import { type Fit, fitTransformers, fitVllm, type Hardware, isMisfit, type Misfit, tuningNeedGiB } from "./fit.ts";
import { roundUsd } from "./price.ts";
import { chooseRuntime } from "./runtime.ts";

/** What is to run, as far as choosing a size goes. */
export interface Job {
  readonly model: Model;
  readonly runtime?: "vllm" | "transformers";
  readonly adapters: number;
  /** lora or qlora when the model is tuned rather than served. */
  readonly tuningMethod?: string;
}

export interface Offer {
  readonly type: InstanceType;
  readonly nodeCount: number;
  /** All nodes of one replica, per hour. */
  readonly hourlyPriceUsd: number;
}

// A size chosen for the user must leave room for real prompts; a size the user names may give as little as 2,048.
const CHOSEN_CONTEXT_TOKENS = 8192;
const SMALLEST_VERIFIED_MAJOR = 8;

/** How a job fits on hardware; undefined when no image of the catalogue runs there. */
export function fitOn(
  release: Release,
  job: Job,
  hardware: Hardware & { readonly computeCapability?: string; readonly gpuVendor?: "nvidia" | "amd" },
): Fit | Misfit | undefined {
  const wish = {
    tuning: job.tuningMethod !== undefined,
    ...(job.runtime === undefined ? {} : { runtime: job.runtime }),
  };
  const image = chooseRuntime(release, job.model, {
    ...wish,
    ...(hardware.computeCapability === undefined ? {} : { computeCapability: hardware.computeCapability }),
    ...(hardware.gpuVendor === undefined ? {} : { gpuVendor: hardware.gpuVendor }),
  });
  if (image === undefined) return undefined;
  if (job.tuningMethod !== undefined) return fitTuning(job.model, job.tuningMethod, hardware);
  return image.runtime === "vllm" ? fitVllm(job.model, hardware, job.adapters) : fitTransformers(job.model, hardware);
}

function fitTuning(model: Model, method: string, hardware: Hardware): Fit | Misfit {
  const neededGiB = tuningNeedGiB(model, method);
  if (neededGiB > hardware.gpuMemoryGiB) return { neededGiB, availableGiB: hardware.gpuMemoryGiB };
  const memory = {
    perGpuGiB: hardware.gpuMemoryGiB,
    weightsGiB: 0,
    overheadGiB: 0,
    kvCacheGiB: 0,
    maxModelLen: 0,
    maxConcurrency: 0,
  };
  return { nodeCount: 1, parallelism: { tensor: 1, pipeline: 1, data: hardware.gpuCount }, memory };
}

/** Sizes Foresail chooses by itself: sold in the region, alive, whole NVIDIA GPUs of compute capability 8.0 and up. */
export function isVerified(type: InstanceType): boolean {
  const major = Number(type.computeCapability?.split(".")[0] ?? 0);
  return (
    type.gpuVendor === "nvidia" &&
    major >= SMALLEST_VERIFIED_MAJOR &&
    !type.confidential &&
    type.retiredOn === undefined
  );
}

/** Verified sizes of the region that fit, cheapest first; ties by fewer nodes, then by name. */
export function offers(release: Release, job: Job, region: string): readonly Offer[] {
  const cloud = cloudOf(release, region);
  return release.instanceTypes
    .filter((type) => type.cloud === cloud && isVerified(type))
    .flatMap((type) => {
      const price = hourlyPriceUsd(release, type, region);
      const fit = price === undefined ? undefined : fitOn(release, job, type);
      if (price === undefined || fit === undefined || isMisfit(fit)) return [];
      const wanted = Math.min(CHOSEN_CONTEXT_TOKENS, job.model.contextTokens);
      if (job.tuningMethod === undefined && fit.memory.maxModelLen < wanted) return [];
      return [{ type, nodeCount: fit.nodeCount, hourlyPriceUsd: roundUsd(price * fit.nodeCount) }];
    })
    .sort(
      (a, b) =>
        a.hourlyPriceUsd - b.hourlyPriceUsd || a.nodeCount - b.nodeCount || (a.type.name < b.type.name ? -1 : 1),
    );
}
