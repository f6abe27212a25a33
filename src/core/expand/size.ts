import type { InstanceType, Model, Release, RuntimeImage } from "../catalogue.ts";
import type { Fit, Misfit } from "../memory/fit.ts";
import { tuningNeedGiB } from "../memory/tuning.ts";
import type { Hardware } from "../memory/visible-memory.ts";
import { fitServer } from "./fit.ts";
import { identity, releaseMemo } from "./release-memo.ts";
import { chooseRuntime, type RuntimeWish, whyNoRuntime } from "./runtime.ts";

/** What is to run, as far as choosing a size goes. */
export interface Job {
  readonly model: Model;
  readonly runtime?: "vllm" | "transformers";
  readonly adapters: number;
  /** lora or qlora when the model is tuned rather than served. */
  readonly tuningMethod?: string;
  readonly performanceMode?: "balanced" | "interactivity" | "throughput";
}

/** Hardware as far as running a job on it goes. */
export interface JobHardware extends Hardware {
  readonly computeCapability?: string;
  readonly gpuVendor?: "nvidia" | "amd";
}

const SMALLEST_VERIFIED_MAJOR = 8;

/** How a job fits on hardware; undefined when no image of the catalogue runs there. */
export function fitOn(release: Release, job: Job, hardware: JobHardware): Fit | Misfit | undefined {
  const key = keyOf(job, hardware);
  const known = fits.find(release, key);
  if (known !== undefined) return known.fit;
  const fit = computeFit(release, job, hardware);
  fits.keep(release, key, { fit });
  return fit;
}

/** Every preset on every size that is asked for; about 500 bytes each. */
const fits = releaseMemo<{ readonly fit: Fit | Misfit | undefined }>(4096);

function keyOf({ model, runtime, adapters, tuningMethod, performanceMode }: Job, hardware: JobHardware): string {
  const { gpuCount, gpuMemoryGiB, gpuModel, slice, computeCapability, gpuVendor } = hardware;
  const gpus = `${gpuCount}|${gpuMemoryGiB}|${gpuModel}|${slice}|${computeCapability}|${gpuVendor}`;
  return `${identity(model)}|${runtime}|${adapters}|${tuningMethod}|${performanceMode}|${gpus}`;
}

function computeFit(release: Release, job: Job, hardware: JobHardware): Fit | Misfit | undefined {
  const image = imageOn(release, job, hardware);
  if (image === undefined) return undefined;
  if (job.tuningMethod !== undefined) return fitTuning(job.model, job.tuningMethod, hardware);
  return fitServer(release, { ...job, image }, hardware);
}

/** The image a job runs in on this hardware. */
export function imageOn(release: Release, job: Job, hardware: JobHardware): RuntimeImage | undefined {
  const key = keyOf(job, hardware);
  const known = images.find(release, key);
  if (known !== undefined) return known.image;
  const image = chooseRuntime(release, job.model, wishOf(job, hardware));
  images.keep(release, key, { image });
  return image;
}

const images = releaseMemo<{ readonly image: RuntimeImage | undefined }>(4096);

/** The runtime a job runs in where every image runs. */
export function runtimeOf(release: Release, job: Job): RuntimeImage["runtime"] | undefined {
  return chooseRuntime(release, job.model, { tuning: job.tuningMethod !== undefined })?.runtime;
}

/** The image of today that runs a job where the GPU does not matter. */
export function imageAnywhere(release: Release, job: Job): RuntimeImage | undefined {
  return chooseRuntime(release, job.model, wishOf(job, {}));
}

/** Why no image of the catalogue runs a job on this hardware. */
export function whyNoImage(release: Release, job: Job, hardware: JobHardware): string {
  return whyNoRuntime(release, job.model, wishOf(job, hardware));
}

function wishOf(job: Job, { computeCapability, gpuVendor }: Partial<JobHardware>): RuntimeWish {
  return {
    tuning: job.tuningMethod !== undefined,
    ...(job.runtime === undefined ? {} : { runtime: job.runtime }),
    ...(computeCapability === undefined ? {} : { computeCapability }),
    ...(gpuVendor === undefined ? {} : { gpuVendor }),
  };
}

function fitTuning(model: Model, method: string, hardware: Hardware): Fit | Misfit {
  const neededGiB = tuningNeedGiB(model, method);
  if (neededGiB > hardware.gpuMemoryGiB) return { neededGiB, availableGiB: hardware.gpuMemoryGiB };
  const memory = {
    kvCacheGiB: 0,
    maxConcurrency: 0,
    maxModelLen: 0,
    overheadGiB: 0,
    perGpuGiB: hardware.gpuMemoryGiB,
    weightsGiB: 0,
  };
  return { nodeCount: 1, parallelism: { data: hardware.gpuCount, pipeline: 1, tensor: 1 }, memory };
}

/**
 * Why a size is never chosen by Foresail; undefined for those that are: alive, whole NVIDIA GPUs of compute capability
 * 8.0 and up, no confidential machine.
 */
export function unverified(type: InstanceType): string | undefined {
  if (type.retiredOn !== undefined) return `it is retired as of ${type.retiredOn}`;
  if (type.gpuVendor !== "nvidia") return `its GPUs are ${type.gpuVendor}; it is used only when named`;
  if (type.confidential) return "it is a confidential machine, used only when named";
  const major = Number(type.computeCapability?.split(".")[0] ?? 0);
  if (major >= SMALLEST_VERIFIED_MAJOR) return undefined;
  return `compute capability ${type.computeCapability} is below ${SMALLEST_VERIFIED_MAJOR}.0; it is used only when named`;
}
