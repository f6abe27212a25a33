/**
 * What some layers of a model keep of the tokens they have read, on the GPU.
 * attention: keys and values per token and head, sharded by tensor parallelism down to one head; with a window, of the
 *   last tokens only: vLLM 0.25.1 reserves window - 1 + max_num_batched_tokens of them, plus a block
 *   (v1/kv_cache_interface.py, SlidingWindowSpec).
 * mla: one compressed latent per token (kv_lora_rank + qk_rope_head_dim), a whole copy on every tensor parallel GPU.
 *   indexerBytes: the vector of the sparse attention's indexer beside it, per token, whatever the dtype of the cache: 128
 *   fp8 numbers and one scale. vLLM pages both apart and adds them up (UniformTypeKVCacheSpecs). Under kv-cache-dtype fp8
 *   the latent of a layer with sparse attention takes 656 bytes a token (MLAAttentionSpec, fp8_ds_mla).
 * compressed: DeepSeek V4's mixture of windows, latents compressed 4 or 128 times, and what the compressors keep. Numbers are
 *   of all these layers together and of one sequence, in bytes, as vLLM 0.25.1 packs them into pages that they share
 *   (v1/core/kv_cache_utils.py, _get_kv_cache_groups_uniform_groups), under kv-cache-dtype fp8; a whole copy on every
 *   tensor parallel GPU. bytesPerToken grows with the context; each window reserves windowTokens - 1 +
 *   max_num_batched_tokens tokens of its own bytesPerToken, plus a block.
 * state: a fixed amount per sequence (Mamba, gated delta net), bytes of one layer, sharded by tensor parallelism. vLLM pads
 *   it to a page of the attention layers (platforms/interface.py).
 * none: nothing (feed-forward layers of hybrid models, layers that read the keys and values of an earlier one).
 */
export type LayerCache =
  | {
      readonly kind: "attention";
      readonly layers: number;
      readonly kvHeads: number;
      readonly headDim: number;
      readonly windowTokens?: number;
    }
  | { readonly kind: "mla"; readonly layers: number; readonly latentDim: number; readonly indexerBytes?: number }
  | {
      readonly kind: "compressed";
      readonly layers: number;
      readonly bytesPerToken: number;
      readonly windows: readonly { readonly windowTokens: number; readonly bytesPerToken: number }[];
    }
  | { readonly kind: "state"; readonly layers: number; readonly bytesPerSequence: number }
  | { readonly kind: "none"; readonly layers: number };

/** Flags a preset or a runtime states for one GPU model or performance mode; a member that is absent matches all. */
export interface Tuned {
  readonly gpuModel?: string;
  readonly performanceMode?: "balanced" | "interactivity" | "throughput";
  readonly flags: { readonly [flag: string]: string };
  readonly source: string;
  readonly date: string;
}

/** A model of the catalogue. Sizes of weights are what one copy takes on disk, in the dtype it is published in. */
export interface Model {
  readonly name: string;
  /** Further names users write, compared without case; the Hugging Face repository always counts. */
  readonly aliases: readonly string[];
  /** Hugging Face repository. */
  readonly model: string;
  /** Commit of the weights, or `main`. */
  readonly revision: string;
  readonly license: string;
  /** Host the weights come from. */
  readonly weightsFrom: string;
  /** Whether that host hands them out only to accounts that accepted the licence: a token is needed. */
  readonly gated: boolean;
  /** Whether the licence lets the weights be copied to a host of one's own. */
  readonly mayMirror: boolean;
  readonly architecture: string;
  /** Runtime images that serve it, by name; absent: every image that can. */
  readonly runtimes?: readonly string[];
  readonly weightsGiB: number;
  readonly contextTokens: number;
  readonly hiddenSize: number;
  /** Tokens it knows: rows of its embedding and of its output layer. Absent: not known. */
  readonly vocabularySize?: number;
  readonly layers: number;
  readonly attentionHeads: number;
  /** Every layer once; the counts add up to `layers`. */
  readonly cache: readonly LayerCache[];
  /** Last layers that read the keys and values of earlier ones (num_kv_shared_layers); absent: none. */
  readonly kvSharedLayers?: number;
  /** As vLLM names the method; absent: 16 bit. */
  readonly quantization?: { readonly method: string; readonly bits: number };
  /** Routed experts of a mixture; absent for a dense model. */
  readonly experts?: number;
  /** Most GPUs a layer can be split over where blocks of quantised weights limit it; absent: the heads alone do. */
  readonly largestTensor?: number;
  /** Whether its activations are too large for float16, so that it needs a GPU with bfloat16. */
  readonly bfloat16Only: boolean;
  /** Whether the repository's own Python code has to run. */
  readonly trustRemoteCode: boolean;
  /** Kernels are compiled on the node, with NVIDIA's compiler. */
  readonly cudaToolkit: boolean;
  /** Variables the server needs. */
  readonly env: { readonly [name: string]: string };
  /** Flags for vLLM beyond those every model gets; a value of "" is a bare flag. */
  readonly vllmFlags: { readonly [flag: string]: string };
  /** Flags for the transformers server; absent: that runtime does not serve it. */
  readonly transformersFlags?: { readonly [flag: string]: string };
  readonly tuned: readonly Tuned[];
  /** Present when the model can be tuned. */
  readonly tuning?: { readonly storageGiB: number; readonly weightsArtifact: string; readonly targetModules?: string };
  /** Where numbers come from that are not in config.json of the revision, or that others state differently. */
  readonly sources: readonly string[];
}
