/** What a container said last, read by those that print it: vLLM 0.25.1, transformers, PyTorch, huggingface_hub. */
export type LastWords =
  | { readonly kind: "denied"; readonly line: string }
  | { readonly kind: "gpu-memory"; readonly line: string }
  | { readonly kind: "other"; readonly line: string };

// huggingface_hub (utils/_errors.py): GatedRepoError and RepositoryNotFoundError carry the status line and one of these
// sentences; transformers (utils/hub.py) rewords them. Registries and curl answer with the status alone.
const DENIED =
  /\b40[13] Client Error\b|\b(?:error|status|code|HTTP)\b[^\n]{0,20}\b40[13]\b|\bgated repo|GatedRepoError|Access to model .* is restricted|Invalid (?:username or password|user token)|401 Unauthorized|403 Forbidden/i;

// PyTorch's allocator, and vLLM where what is left does not hold the KV cache (v1/core/kv_cache_utils.py) or where others
// have taken the memory before it starts (v1/worker/utils.py).
const GPU_MEMORY =
  /CUDA out of memory|torch\.(?:cuda\.)?OutOfMemoryError|CUDA error: out of memory|No available memory for the cache blocks|KV cache is needed, which is larger than the available KV cache memory|Free memory on device .* is less than desired GPU memory utilization|HIP out of memory/i;

/**
 * The line of a termination message that tells why: the one that names a cause we know, else the last.
 * @returns undefined for an empty message
 */
export function lastWords(message: string): LastWords | undefined {
  const lines = message
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  // The last of them: a refusal that a server got over is no cause of what it died of later.
  const known = lines.findLast((line) => DENIED.test(line) || GPU_MEMORY.test(line));
  if (known !== undefined) return { kind: DENIED.test(known) ? "denied" : "gpu-memory", line: cut(known) };
  const last = lines.at(-1);
  return last === undefined ? undefined : { kind: "other", line: cut(last) };
}

const MOST_LINE_CHARACTERS = 300;

function cut(line: string): string {
  return line.length <= MOST_LINE_CHARACTERS ? line : `${line.slice(0, MOST_LINE_CHARACTERS - 1)}…`;
}
