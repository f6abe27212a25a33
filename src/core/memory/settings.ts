/** What the memory of a server depends on beside model and hardware. */
export interface MemorySettings {
  /** Share of the GPU that vLLM may use. */
  readonly gpuMemoryUtilization: number;
  /** Whether keys and values are kept in 8 bit. */
  readonly fp8Cache: boolean;
  /** Prompt tokens of one step. */
  readonly batchedTokens: number;
  /** Whether the server doubles its defaults of tokens and sequences of one step. */
  readonly throughput: boolean;
  /** Longest context asked for; absent: the model's own. */
  readonly contextTokens?: number;
  /** Whether states of recurrent layers are kept for prefixes, too. */
  readonly prefixCaching: boolean;
  /** Whether the server can split the model's layers into stages. */
  readonly stages: boolean;
  readonly adapterSlots: number;
  readonly adapterRank: number;
}

// vLLM 0.25.1, config/cache.py: the default of --gpu-memory-utilization.
const DEFAULT_UTILIZATION = 0.92;
// vLLM 0.25.1, EngineArgs.get_batch_defaults, API server: 8,192 tokens on GPUs from 70 GiB but the A100, else 2,048. The
// larger one is reserved for everywhere: a larger GPU must never hold less than a smaller one.
export const DEFAULT_BATCHED_TOKENS = 8192;

/**
 * Reads the flags that memory depends on, as they will stand on the command line; what no flag states is given, too.
 */
export function memorySettings(
  flags: { readonly [flag: string]: string },
  given: Pick<MemorySettings, "stages" | "adapterSlots" | "adapterRank">,
): MemorySettings {
  const context = positive(flags["max-model-len"]);
  // The throughput mode doubles the default (EngineArgs._set_default_max_num_seqs_and_batched_tokens_args).
  const throughput = flags["performance-mode"] === "throughput";
  const batch = DEFAULT_BATCHED_TOKENS * (throughput ? 2 : 1);
  return {
    gpuMemoryUtilization: positive(flags["gpu-memory-utilization"]) ?? DEFAULT_UTILIZATION,
    fp8Cache: (flags["kv-cache-dtype"] ?? "auto").startsWith("fp8"),
    batchedTokens: positive(flags["max-num-batched-tokens"]) ?? batch,
    throughput,
    ...(context === undefined ? {} : { contextTokens: context }),
    prefixCaching: "enable-prefix-caching" in flags,
    ...given,
  };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return number > 0 ? number : undefined;
}
