import type { LayerCache, Model } from "../../../src/core/catalogue.ts";
import { type Fit, isMisfit, type Misfit } from "../../../src/core/memory/fit.ts";
import { type MemorySettings, memorySettings } from "../../../src/core/memory/settings.ts";
import { catalogue } from "../support/workspaces.ts";

export const { models } = catalogue.current;

export const model = (name: string): Model => {
  const found = models.find((m) => m.name === name);
  if (found === undefined) throw new Error(`no model ${name} in the catalogue`);
  return found;
};

/** A model that has only what memory depends on. */
export function shaped(
  numbers: Partial<Model> & { readonly cache: readonly LayerCache[]; readonly attentionHeads: number },
): Model {
  const layers = numbers.cache.reduce((sum, group) => sum + group.layers, 0);
  const { quantization: _, experts: __, vocabularySize: ___, ...rest } = model("phi-4");
  return { ...rest, name: "shaped", contextTokens: 1_000_000, layers, vllmFlags: {}, tuned: [], ...numbers };
}

/** Settings of a server with the shipped share of memory, 0.84, and whatever flags are added. */
export function settings(flags: { readonly [flag: string]: string } = {}, adapters = 0): MemorySettings {
  return memorySettings(
    { "gpu-memory-utilization": "0.84", ...flags },
    { stages: true, adapterSlots: adapters, adapterRank: 64 },
  );
}

export function fits(result: Fit | Misfit): Fit {
  if (isMisfit(result)) throw new Error(`expected a fit, got ${JSON.stringify(result)}`);
  return result;
}
