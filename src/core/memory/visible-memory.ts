/** The GPUs of one node, as far as memory goes. */
export interface Hardware {
  readonly gpuCount: number;
  /** Memory of one GPU as its maker states it. */
  readonly gpuMemoryGiB: number;
  readonly gpuModel?: string;
  /** Whether it is one slice of a GPU cut by MIG: a copy of a model is not spread over slices of several nodes. */
  readonly slice?: boolean;
}

// Cards with GDDR6 keep the check bits of ECC in the memory itself, 1/16 of it: nvidia-smi shows 23,028 MiB of an A10 or
// A10G, 23,034 of an L4, 15,360 of a T4, 46,068 of an L40S. HBM has bits of its own for it.
const INLINE_ECC = new Set(["A2", "A10", "A10G", "A16", "A40", "L4", "L40", "L40S", "T4", "T4G"]);
const LEFT_BY_ECC = 15 / 16;
// What CUDA then reports as total is less by what the driver keeps: 79.1 of 80 GiB (A100, H100), 39.4 of 40, 139.8 of 141
// (H200), 22.1 of 22.5 (A10G, L4), 14.7 of 15 (T4): at least 98 %.
const LEFT_BY_DRIVER = 0.98;

// A slice has less than its name says: 16 GiB of 1g.18gb (H200), 9.5 of 1g.10gb (A100), 10.75 of 1g.12gb (H100), 32.5 of
// 1g.35gb (nvidia-smi mig -lgip).
const LARGEST_SHARE_LOST_TO_SLICING = 1 / 9;
const MOST_LOST_TO_SLICING_GIB = 2.5;

/** Memory of one GPU that CUDA reports, of which vLLM takes its share; never more than what there is. */
export function visibleGiB({ gpuMemoryGiB, gpuModel, slice = false }: Hardware): number {
  const lost = slice ? Math.min(gpuMemoryGiB * LARGEST_SHARE_LOST_TO_SLICING, MOST_LOST_TO_SLICING_GIB) : 0;
  return (gpuMemoryGiB - lost) * (INLINE_ECC.has(gpuModel ?? "") ? LEFT_BY_ECC : 1) * LEFT_BY_DRIVER;
}
