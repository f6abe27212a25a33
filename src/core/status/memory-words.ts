import { objectsAt, textAt } from "../capacity/fields.ts";
import type { Expansion } from "../kinds/expansion.ts";

/** The memory picture in words: what the memory model reserved on one GPU. Empty where nothing was sized. */
export function gpuMemoryWords({ memory, gpu }: Expansion): string {
  if (memory === undefined) return "";
  const { perGpuGiB, weightsGiB, overheadGiB, kvCacheGiB, maxModelLen, maxConcurrency } = memory;
  const which = gpu?.model === undefined ? "one GPU" : `one ${gpu.model}`;
  return `the memory model planned of ${perGpuGiB} GiB of ${which}: weights ${weightsGiB}, overhead ${overheadGiB}, KV cache ${kvCacheGiB} for ${maxConcurrency} requests of ${maxModelLen} tokens`;
}

/** What a container may use of the host's memory, in words. */
export function hostMemoryWords(podSpec: unknown, container: string): string {
  const all = [...objectsAt(podSpec, "containers"), ...objectsAt(podSpec, "initContainers")];
  const found = all.find((one) => textAt(one, "name") === container);
  const limit = textAt(found, "resources", "limits", "memory");
  const request = textAt(found, "resources", "requests", "memory");
  if (limit !== undefined) return `its limit is ${limit}`;
  return request === undefined ? "it states no limit" : `it asks for ${request} and has no limit but the node's`;
}
