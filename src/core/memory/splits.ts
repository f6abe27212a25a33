import type { Model } from "../catalogue.ts";

/** Over how many GPUs one copy of a model is spread: every layer over `tensor` GPUs, layers over `pipeline` stages. */
export interface Split {
  readonly tensor: number;
  readonly pipeline: number;
}

/** Key-value heads that tensor parallelism can shard, of each kind of attention; a latent cache has none and is copied. */
function kvHeadCounts(model: Model): readonly number[] {
  return model.cache.flatMap((group) => (group.kind === "attention" ? [group.kvHeads] : []));
}

/**
 * Tensor parallel sizes that use whole shares of a node's GPUs and that vLLM can start with, ascending: they divide the
 * attention heads (ModelConfig.verify_with_parallel_config), and key-value heads are spread evenly or each copied equally
 * often (asserted by the attention layers of its models); blocks of quantised weights may set a limit.
 */
export function tensorSizes(model: Model, gpuCount: number): readonly number[] {
  const kvHeads = kvHeadCounts(model);
  const sizes: number[] = [];
  for (let size = 1; size <= Math.min(gpuCount, model.largestTensor ?? gpuCount); size++) {
    if (gpuCount % size !== 0 || model.attentionHeads % size !== 0) continue;
    if (kvHeads.every((heads) => heads % size === 0 || size % heads === 0)) sizes.push(size);
  }
  return sizes;
}

/**
 * Ways to spread one copy over the GPUs of `nodeCount` nodes. On one node any tensor parallelism, the other GPUs hold
 * further copies. Over nodes every GPU takes part, since Ray packs workers: as much tensor parallelism as a node has use
 * for, and a stage of the pipeline for each share of GPUs that leaves; nothing where the server cannot make stages of the
 * architecture, and where there would be more stages than layers.
 */
export function splits(
  model: Model,
  { gpuCount, nodeCount, stages }: { readonly gpuCount: number; readonly nodeCount: number; readonly stages: boolean },
): readonly Split[] {
  const tensors = tensorSizes(model, gpuCount);
  const widest = tensors.at(-1) ?? 1;
  const whole: Split = { tensor: widest, pipeline: (nodeCount * gpuCount) / widest };
  const staged = stages && whole.pipeline > 1 && whole.pipeline <= model.layers ? [whole] : [];
  return nodeCount > 1 ? staged : [...tensors.map((tensor): Split => ({ tensor, pipeline: 1 })), ...staged];
}

/**
 * Whether experts are spread as wholes over the GPUs of a stage and its copies. They are cut into as many slices as there
 * are GPUs otherwise, and vLLM 0.25.1 refuses slices that are no whole blocks of fp8 scales (layers/quantization/fp8.py).
 */
export function spreadsExperts({ experts, quantization }: Model, gpus: number): boolean {
  return experts !== undefined && quantization?.method === "fp8" && gpus > 1 && experts % gpus === 0;
}

/**
 * Whether vLLM takes adapters with a split: not where experts are spread as wholes over GPUs that share layers and hold
 * copies at once (0.25.1, lora/layers/fused_moe.py, _ep_check; ParallelConfig.use_sequence_parallel_moe).
 */
export function takesAdapters(model: Model, { tensor, pipeline }: Split, gpuCount: number): boolean {
  return pipeline > 1 || tensor === 1 || tensor === gpuCount || !spreadsExperts(model, gpuCount);
}

/** Layers of the largest stage. */
export function stageLayers(layers: number, pipeline: number): number {
  return Math.ceil(layers / pipeline);
}
