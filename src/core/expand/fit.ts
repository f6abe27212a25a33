import type { Model, Release, RuntimeImage } from "../catalogue.ts";
import { type Fit, fitVllm, type Misfit } from "../memory/fit.ts";
import { type MemorySettings, memorySettings } from "../memory/settings.ts";
import { fitTransformers } from "../memory/transformers.ts";
import type { Hardware } from "../memory/visible-memory.ts";
import { LARGEST_ADAPTER_RANK, merged, statedFlagLayers } from "./vllm-flags.ts";

/** What is served, as far as memory goes. */
export interface Served {
  readonly model: Model;
  readonly image: RuntimeImage;
  readonly adapters: number;
  readonly performanceMode?: string;
}

/** How a model that is served in an image fits on nodes of one kind. */
export function fitServer(release: Release, served: Served, hardware: Hardware): Fit | Misfit {
  const settings = settingsOf(release, served, hardware.gpuModel);
  const place = served.image.runtime === "vllm" ? fitVllm : fitTransformers;
  return place(served.model, hardware, settings);
}

/** The settings of the memory model, read from the same layers of flags as the command line. */
export function settingsOf(release: Release, served: Served, gpuModel: string | undefined): MemorySettings {
  const { model, image, adapters, performanceMode } = served;
  const flags = merged(
    statedFlagLayers(release, {
      image,
      model,
      ...(gpuModel === undefined ? {} : { gpuModel }),
      ...(performanceMode === undefined ? {} : { performanceMode }),
    }),
  );
  const server = release.servers.find(({ name }) => name === image.server);
  // Layers that share keys and values have to be on one stage (vLLM 0.25.1, attention.py, validate_kv_sharing_target).
  const stages = model.kvSharedLayers === undefined && server?.withoutPipeline.includes(model.architecture) !== true;
  return memorySettings(flags, { stages, adapterSlots: adapters, adapterRank: LARGEST_ADAPTER_RANK });
}
