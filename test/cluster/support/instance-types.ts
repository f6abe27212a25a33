import type { SimulatedInstanceType } from "../../../src/local/instance-types.ts";

const ZONES = ["eastus-1", "eastus-2", "eastus-3"];

function size(
  name: string,
  vcpus: number,
  memoryGiB: number,
  gpus: number,
  hourlyPriceUsd: number,
): SimulatedInstanceType {
  return { name, vcpus, memoryGiB, gpus, hourlyPriceUsd, zones: ZONES, capacityTypes: ["on-demand", "spot"] };
}

/** Sizes that every cluster test may ask claims for; vCPUs, memory and GPUs are those of the cloud, prices rough. */
export const CLUSTER_INSTANCE_TYPES: readonly SimulatedInstanceType[] = [
  size("Standard_NC4as_T4_v3", 4, 28, 1, 0.526),
  size("Standard_NC8as_T4_v3", 8, 56, 1, 0.752),
  size("Standard_NC16as_T4_v3", 16, 110, 1, 1.204),
  size("Standard_NC64as_T4_v3", 64, 440, 4, 4.352),
  size("Standard_NC6s_v3", 6, 112, 1, 3.06),
  size("Standard_NC12s_v3", 12, 224, 2, 6.12),
  size("Standard_NC24s_v3", 24, 448, 4, 12.24),
  size("Standard_ND40rs_v2", 40, 672, 8, 22.03),
  size("Standard_NV36ads_A10_v5", 36, 440, 1, 3.2),
  size("Standard_NV72ads_A10_v5", 72, 880, 2, 6.52),
  size("Standard_NC24ads_A100_v4", 24, 220, 1, 3.673),
  size("Standard_NC48ads_A100_v4", 48, 440, 2, 7.346),
  size("Standard_NC96ads_A100_v4", 96, 880, 4, 14.692),
  size("Standard_ND96asr_v4", 96, 900, 8, 27.197),
  size("Standard_ND96amsr_A100_v4", 96, 1900, 8, 32.77),
  size("Standard_NC40ads_H100_v5", 40, 320, 1, 6.98),
  size("Standard_NC80adis_H100_v5", 80, 640, 2, 13.96),
  size("Standard_ND96isr_H100_v5", 96, 1900, 8, 98.32),
  size("Standard_ND96isr_H200_v5", 96, 1850, 8, 110.24),
];
