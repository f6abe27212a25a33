/** A size of virtual machines as Microsoft.Compute tells of it. */
export interface Size {
  readonly name: string;
  /** Name of the quota its cores count against. Usages and SKUs do not agree on its case; ours differ on purpose. */
  readonly family: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  readonly zones: readonly string[];
}

const size = (
  name: string,
  family: string,
  [vcpus, memoryGiB, gpus]: readonly [number, number, number],
  zones: readonly string[] = ["1", "2", "3"],
): Size => ({ name, family, vcpus, memoryGiB, gpus, zones });

/** Some sizes of Azure. The names of quotas are from memory; nothing but equality with the usages depends on them. */
export const SIZES: readonly Size[] = [
  size("Standard_D4s_v5", "standardDSv5Family", [4, 16, 0]),
  size("Standard_NC4as_T4_v3", "Standard NCASv3_T4 Family", [4, 28, 1]),
  size("Standard_NC8as_T4_v3", "Standard NCASv3_T4 Family", [8, 56, 1]),
  size("Standard_NC16as_T4_v3", "Standard NCASv3_T4 Family", [16, 110, 1]),
  size("Standard_NC64as_T4_v3", "Standard NCASv3_T4 Family", [64, 440, 4]),
  size("Standard_NC6s_v3", "standardNCSv3Family", [6, 112, 1], []),
  size("Standard_NC12s_v3", "standardNCSv3Family", [12, 224, 2], []),
  size("Standard_NC24s_v3", "standardNCSv3Family", [24, 448, 4], []),
  size("Standard_NV36ads_A10_v5", "standardNVADSA10v5Family", [36, 440, 1]),
  size("Standard_NV72ads_A10_v5", "standardNVADSA10v5Family", [72, 880, 2]),
  size("Standard_NC24ads_A100_v4", "standardNCADSA100v4Family", [24, 220, 1]),
  size("Standard_NC48ads_A100_v4", "standardNCADSA100v4Family", [48, 440, 2]),
  size("Standard_NC96ads_A100_v4", "standardNCADSA100v4Family", [96, 880, 4]),
  size("Standard_ND96asr_v4", "standardNDASv4_A100Family", [96, 900, 8]),
  size("Standard_ND96amsr_A100_v4", "standardNDAMSv4_A100Family", [96, 1900, 8]),
  size("Standard_NC40ads_H100_v5", "standardNCadsH100v5Family", [40, 320, 1]),
  size("Standard_NC80adis_H100_v5", "standardNCadsH100v5Family", [80, 640, 2]),
  size("Standard_ND96isr_H100_v5", "standardNDSH100v5Family", [96, 1900, 8]),
  size("Standard_ND96isr_H200_v5", "standardNDISRH200v5Family", [96, 1850, 8]),
];
