import type { Release } from "../core/catalogue.ts";
import { hourlyPriceUsd } from "../core/prices.ts";
import type { SimulatedInstanceType } from "./instance-types.ts";

const ZONES = 3;

/** The sizes of a catalogue's own cloud that a region sells, as the simulation makes them; zones as Azure names them. */
export function simulatedSizes(release: Release, region: string): readonly SimulatedInstanceType[] {
  const zones = Array.from({ length: ZONES }, (_, i) => `${region}-${i + 1}`);
  return release.instanceTypes.flatMap((type) => {
    const price = type.cloud === release.defaults.cloud ? hourlyPriceUsd(release, type, region) : undefined;
    if (price === undefined) return [];
    return [
      {
        name: type.name,
        vcpus: type.vcpus,
        memoryGiB: type.memoryGiB,
        gpus: type.gpuCount,
        gpuResource: type.gpuVendor === "amd" ? "amd.com/gpu" : "nvidia.com/gpu",
        hourlyPriceUsd: price,
        zones,
        capacityTypes: ["on-demand", "spot"] as const,
      },
    ];
  });
}
