import { INSTANCE_TYPE_LABEL } from "../../src/core/capacity/claim.ts";
import { estimate } from "../../src/core/capacity/estimate.ts";
import type { Row } from "../../src/core/capacity/scheduling/problem.ts";
import type { Release } from "../../src/core/catalogue.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { hourlyPriceUsd } from "../../src/core/prices.ts";
import { raw } from "./pods.ts";
import { pick, randomOf } from "./random.ts";

const GPU = "nvidia.com/gpu";
const MODEL_LABEL = "gpu-model";
const GPUS = [1, 2, 4, 8] as const;
// By GPU, as model servers ask: what a T4 node of four cores has at least, and what needs more of it.
const CPU_MILLI = [1000, 3000, 5000] as const;
const MEMORY_GIB = [8, 16, 24] as const;

/** `any`: whatever GPU there is; `models`: half of the pods name the model they need. */
export type GpuMix = "any" | "models";

/** The catalogue's sizes with NVIDIA GPUs in one region, cheapest first. */
export function realSizes(release: Release, region: string): readonly Row[] {
  return release.instanceTypes
    .filter(
      ({ gpuVendor, retiredOn, confidential }) => gpuVendor === "nvidia" && retiredOn === undefined && !confidential,
    )
    .flatMap((type): readonly Row[] => {
      const price = hourlyPriceUsd(release, type, region);
      if (price === undefined) return [];
      return [
        {
          exists: false,
          labels: new Map([
            [INSTANCE_TYPE_LABEL, type.name],
            [MODEL_LABEL, type.gpuModel],
          ]),
          taints: [],
          room: new Map([...estimate(type, GPU), ["pods", 110]]),
          hourlyPriceUsd: price,
        },
      ];
    })
    .toSorted((a, b) => (a.hourlyPriceUsd ?? 0) - (b.hourlyPriceUsd ?? 0));
}

export function gpuPods(mix: GpuMix, count: number, seed: number, sizes: readonly Row[]): readonly JsonObject[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, i) => {
    const gpus = pick(random, GPUS);
    const requests = {
      cpu: `${pick(random, CPU_MILLI) * gpus}m`,
      memory: `${pick(random, MEMORY_GIB) * gpus}Gi`,
      [GPU]: String(gpus),
    };
    const named = mix === "models" && random() < 0.5 ? model(random, gpus, sizes) : undefined;
    return raw(`gpu-${i}`, {}, named === undefined ? {} : { nodeSelector: { [MODEL_LABEL]: named } }, requests);
  });
}

/** A model of which some size has so many. */
function model(random: () => number, gpus: number, sizes: readonly Row[]): string | undefined {
  const enough = sizes.filter(
    ({ room }) => (room.get(GPU) ?? 0) >= gpus && (room.get("memory") ?? 0) >= gpus * 24 * 2 ** 30,
  );
  const models = [...new Set(enough.map(({ labels }) => labels.get(MODEL_LABEL) ?? ""))].sort();
  return models[Math.floor(random() * models.length)];
}
