import type { Release } from "../../core/catalogue.ts";
import { hourlyPriceUsd } from "../../core/prices.ts";
import type { SimulatedInstanceType } from "../../local/instance-types.ts";

/** The catalogue's NVIDIA sizes that its default region offers, as nodes the simulation can make. */
export function simulatedInstanceTypes(release: Release): readonly SimulatedInstanceType[] {
  const { region, cloud } = release.defaults;
  return release.instanceTypes.flatMap((type) => {
    const price = hourlyPriceUsd(release, type, region);
    if (type.cloud !== cloud || type.gpuVendor !== "nvidia" || price === undefined) return [];
    return [
      {
        name: type.name,
        vcpus: type.vcpus,
        memoryGiB: type.memoryGiB,
        gpus: type.gpuCount,
        hourlyPriceUsd: price,
        zones: [1, 2, 3].map((zone) => `${region}-${zone}`),
        capacityTypes: ["on-demand", "spot"],
      },
    ];
  });
}
