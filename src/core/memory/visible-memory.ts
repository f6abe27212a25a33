/** The GPUs of one node, as far as memory goes. */
export interface Hardware {
  readonly gpuCount: number;
  /** Memory of one GPU as its maker states it. */
  readonly gpuMemoryGiB: number;
  readonly gpuModel?: string;
  /** Nodes one copy of a model may be spread over; absent: as many as help. */
  readonly mostNodes?: number;
}

// Cards with GDDR6 keep the check bits of ECC in the memory itself, 1/16 of it: nvidia-smi shows 23,028 MiB of an A10 or
// A10G, 23,034 of an L4, 15,360 of a T4, 46,068 of an L40S. HBM has bits of its own for it.
const INLINE_ECC = new Set(["A2", "A10", "A10G", "A16", "A40", "L4", "L40", "L40S", "T4", "T4G"]);
const LEFT_BY_ECC = 15 / 16;
// What CUDA then reports as total is less by what the driver keeps: 79.1 of 80 GiB (A100, H100), 39.4 of 40, 139.8 of 141
// (H200), 22.1 of 22.5 (A10G, L4), 14.7 of 15 (T4): at least 98 %.
const LEFT_BY_DRIVER = 0.98;

/** Memory of one GPU that CUDA reports, of which vLLM takes its share; never more than what there is. */
export function visibleGiB({ gpuMemoryGiB, gpuModel }: Hardware): number {
  return gpuMemoryGiB * (INLINE_ECC.has(gpuModel ?? "") ? LEFT_BY_ECC : 1) * LEFT_BY_DRIVER;
}
