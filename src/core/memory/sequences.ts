import type { Model } from "../catalogue.ts";
import { blocksOf, type CachePlan } from "./kv-cache.ts";
import type { MemorySettings } from "./settings.ts";

const BYTES_PER_GIB = 1024 ** 3;
// vLLM 0.25.1, EngineArgs.get_batch_defaults, API server: 256 sequences on A100s and GPUs below 70 GiB, 1,024 on larger ones.
const SMALL_BATCH = 256;
const LARGE_BATCH = 1024;
// What sampling keeps of every logit of a sequence: 16 bit, as float32, probabilities and noise (vLLM 0.25.1,
// v1/sample/sampler.py and ops/topk_topp_sampler.py, forward_native). The profile at the start runs it with a full batch.
const BYTES_PER_LOGIT = 14;
// Of the models of the catalogue none has more (Gemma).
const LARGEST_VOCABULARY = 262_208;

/** What one GPU holds. */
export interface Cached {
  readonly kvCacheGiB: number;
  readonly plan: CachePlan;
  readonly blocks: number;
}

/**
 * The most sequences the server may run at a time, where its own default could keep it from starting; else undefined.
 * The overhead covers sampling for the smaller default. The larger one takes its memory from the KV cache, and the
 * stated context has to fit beside it. Where layers keep states, vLLM refuses batches of more sequences than there are
 * blocks (CompilationConfig.resolve_cudagraph_mode_and_sizes), and more than can hold a state each never run anyway.
 */
export function mostSequences(
  model: Model,
  { kvCacheGiB, plan, blocks }: Cached,
  { maxModelLen, throughput }: { readonly maxModelLen: number } & Pick<MemorySettings, "throughput">,
): number | undefined {
  const usual = LARGE_BATCH * (throughput ? 2 : 1);
  const samplingGiB =
    ((usual - SMALL_BATCH) * (model.vocabularySize ?? LARGEST_VOCABULARY) * BYTES_PER_LOGIT) / BYTES_PER_GIB;
  // One block more than the sequence holds, as the pool keeps one.
  const contextGiB = ((blocksOf(plan, maxModelLen) + 1) * plan.blockBytes) / BYTES_PER_GIB;
  const sampled = kvCacheGiB - contextGiB < samplingGiB ? SMALL_BATCH : usual;
  const held = plan.stateBlocks > 0 ? Math.floor(blocks / blocksOf(plan, 1)) : usual;
  const most = Math.max(1, Math.min(sampled, held));
  return most < usual ? most : undefined;
}
