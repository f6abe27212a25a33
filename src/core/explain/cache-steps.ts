import type { LayerCache, Model } from "../catalogue.ts";
import { blocksOf } from "../memory/kv-cache.ts";
import { layerKinds } from "../memory/layer-kinds.ts";
import type { MemorySettings } from "../memory/settings.ts";
import { type Split, stageLayers } from "../memory/splits.ts";
import { placedOn, type ServedOn } from "./capacity.ts";
import { counted, shownBytes, shownNumber } from "./quantity.ts";

/** What the layers of one kind keep, as a formula. */
interface Kept {
  readonly formula: string;
  /** Bytes of one more token in all these layers on one GPU; 0 for a state. */
  readonly bytes: number;
}

/** From the layers of the model to context and concurrency on one GPU, one step a line, with the bytes of one token. */
export function cacheSteps(served: ServedOn): { readonly steps: readonly string[]; readonly bytesPerToken: number } {
  const { model, settings } = served;
  const split = splitOf(served);
  const kept = model.cache.flatMap((cache) => keptBy(model, cache, { split, settings }));
  // transformers spreads one copy over all GPUs of a node.
  const gpus = served.runtime === "vllm" ? 1 : served.hardware.gpuCount;
  const bytesPerToken = kept.reduce((sum, { bytes }) => sum + bytes, 0) / gpus;
  const several = kept.filter(({ bytes }) => bytes > 0).length > 1 || gpus > 1;
  const spread = gpus > 1 ? `, spread over ${gpus} GPUs` : "";
  const total = several ? [`one token takes ${shownBytes(bytesPerToken)} of a GPU${spread}`] : [];
  return { steps: [...kept.map(({ formula }) => formula), ...total, ...contextSteps(served)], bytesPerToken };
}

function splitOf({ runtime, fit }: ServedOn): Split {
  return runtime === "vllm" ? fit.parallelism : { tensor: 1, pipeline: 1 };
}

function keptBy(
  model: Model,
  cache: LayerCache,
  { split, settings }: { readonly split: Split; readonly settings: MemorySettings },
): readonly Kept[] {
  const layers = stageLayers(cache.layers, split.pipeline);
  const across = counted(layers, "layer");
  const [kind] = layerKinds({ ...model, cache: [cache] }, split, settings);
  const bytes = layers * (kind?.bytes ?? 0);
  switch (cache.kind) {
    case "attention": {
      const heads = Math.max(1, Math.floor(cache.kvHeads / split.tensor));
      const element = settings.fp8Cache ? "1 byte" : "2 bytes";
      const most = kind?.mostTokens === undefined ? "" : `, of at most ${shownNumber(kind.mostTokens)} tokens`;
      const formula = `${across} × 2 × ${counted(heads, "head")} × ${cache.headDim} × ${element}`;
      return [{ formula: `${formula} = ${shownBytes(bytes)} per token${most}`, bytes }];
    }
    case "mla": {
      const indexer = cache.indexerBytes === undefined ? "" : `, ${cache.indexerBytes} of them the indexer's`;
      const formula = `${across} × ${shownNumber(kind?.bytes ?? 0)} bytes (latent of ${cache.latentDim}${indexer})`;
      return [{ formula: `${formula} = ${shownBytes(bytes)} per token, a copy on every GPU`, bytes }];
    }
    case "state":
      return [
        {
          formula: `${across} × ${shownBytes(kind?.bytes ?? 0)} = ${shownBytes(bytes)} per sequence, at any length`,
          bytes: 0,
        },
      ];
    case "compressed": {
      const share = cache.bytesPerToken * (layers / cache.layers);
      return [{ formula: `${across}, compressed = ${shownBytes(share)} per token, a copy on every GPU`, bytes: share }];
    }
    case "none":
      return [];
  }
}

function contextSteps(served: ServedOn): readonly string[] {
  const { fit, model } = served;
  const { kvCacheGiB, maxModelLen, maxConcurrency } = fit.memory;
  const cut = maxModelLen < model.contextTokens ? `, of ${shownNumber(model.contextTokens)} the model reads` : "";
  const result = `${shownNumber(maxModelLen)} tokens of context${cut}; ${shownNumber(maxConcurrency)} such at once`;
  const placed = placedOn(served);
  if (placed === undefined) return [`${shownNumber(kvCacheGiB)} GiB → ${result}`];
  const { plan, blocks } = placed;
  const held = blocksOf(plan, maxModelLen);
  return [
    `${shownNumber(kvCacheGiB)} GiB ÷ ${shownBytes(plan.blockBytes)} a block − 1 = ${counted(blocks, "block")}; a sequence of ${shownNumber(maxModelLen)} tokens holds ${shownNumber(held)}`,
    `→ ${result}`,
  ];
}
