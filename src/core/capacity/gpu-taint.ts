/** What every node that is bought carries, so that pods without GPUs stay away (KAITO's gpu-provisioner sets it, too). */
export const GPU_TAINT = { effect: "NoSchedule", key: "sku", value: "gpu" } as const;
