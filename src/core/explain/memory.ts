import { sameJson } from "../json.ts";
import type { ExpansionMemory } from "../kinds/expansion.ts";
import type { Expansion } from "../kinds/workspace.ts";
import { round } from "../memory/fit.ts";
import { adapterSlotGiB, BASE_GIB, PER_WEIGHT } from "../memory/overhead.ts";
import { DEFAULT_BATCHED_TOKENS } from "../memory/settings.ts";
import { stageLayers } from "../memory/splits.ts";
import { QLORA_WEIGHT_FACTOR, TUNING_OVERHEAD_GIB, tuningNeedGiB } from "../memory/tuning.ts";
import { visibleGiB } from "../memory/visible-memory.ts";
import { LOADED_WEIGHT_FACTOR, loadedGiB } from "../memory/weights.ts";
import { cacheSteps } from "./cache-steps.ts";
import type { ServedOn } from "./capacity.ts";
import type { Decided } from "./decided.ts";
import type { MemoryKind, MemoryPart, MemoryPicture } from "./explanation.ts";
import { counted, shownNumber } from "./quantity.ts";

/** The memory picture of one GPU; undefined where nothing is known of the hardware. */
export function memoryPicture(decided: Decided, expansion: Expansion): MemoryPicture | undefined {
  const { memory } = expansion;
  if (memory === undefined)
    return decided.expanding.workspace.tuning === undefined ? undefined : tuningPicture(decided);
  const served = servedOn(decided);
  if (served === undefined || !sameJson(served.fit.memory, memory)) return storedPicture(memory);
  const { steps, bytesPerToken } = cacheSteps(served);
  const { perGpuGiB, maxModelLen, maxConcurrency } = memory;
  return { perGpuGiB, parts: parts(memory, served), cache: steps, bytesPerToken, maxModelLen, maxConcurrency };
}

/** What is served on which hardware, as far as it was sized. */
export function servedOn({ chosen, settings, model }: Decided): ServedOn | undefined {
  if (chosen?.fit === undefined || settings === undefined || model === undefined) return undefined;
  const { hardware, image, fit } = chosen;
  if (hardware.gpuMemoryGiB === undefined) return undefined;
  const known = { ...hardware, gpuMemoryGiB: hardware.gpuMemoryGiB };
  return { model, runtime: image.runtime, hardware: known, settings, fit };
}

function parts(memory: ExpansionMemory, served: ServedOn): readonly MemoryPart[] {
  const { settings, model, fit, runtime } = served;
  const slots = runtime === "vllm" ? settings.adapterSlots : 0;
  const slotGiB = slots === 0 ? 0 : adapterSlotGiB(model, fit.parallelism, settings.adapterRank);
  const adaptersGiB = round(slots * slotGiB);
  const rank = `${counted(slots, "adapter")} × ${shownNumber(slotGiB)} GiB of rank ${settings.adapterRank}`;
  const visible = visibleGiB(served.hardware);
  const share = `${shownNumber(visible)} GiB that CUDA reports × ${settings.gpuMemoryUtilization}`;
  return [
    { kind: "weights", giB: memory.weightsGiB, arithmetic: weightsArithmetic(memory, served) },
    { kind: "overhead", giB: round(memory.overheadGiB - adaptersGiB), arithmetic: overheadArithmetic(memory, served) },
    ...(slots === 0 ? [] : [{ kind: "adapters", giB: adaptersGiB, arithmetic: rank } as const]),
    { kind: "kvCache", giB: memory.kvCacheGiB, arithmetic: `${share} − what stands above` },
    { kind: "leftOver", giB: leftGiB(memory), arithmetic: `${memory.perGpuGiB} GiB − ${share}` },
  ];
}

function leftGiB({ perGpuGiB, weightsGiB, overheadGiB, kvCacheGiB }: ExpansionMemory): number {
  return round(perGpuGiB - weightsGiB - overheadGiB - kvCacheGiB);
}

function weightsArithmetic({ weightsGiB }: ExpansionMemory, { model, fit, runtime, hardware }: ServedOn): string {
  const { tensor, pipeline } = fit.parallelism;
  const gpus = runtime === "vllm" ? tensor : hardware.gpuCount;
  const layers = stageLayers(model.layers, runtime === "vllm" ? pipeline : 1);
  const expected = (loadedGiB(model) * layers) / model.layers / gpus;
  // Some kernels unpack quantised weights when they load them.
  const unpacked = round(expected) === weightsGiB ? "" : ` × ${shownNumber(weightsGiB / expected)} unpacked`;
  const share = layers === model.layers ? "" : ` × ${layers} of ${model.layers} layers`;
  const parted = gpus === 1 ? "" : ` ÷ ${gpus} GPUs`;
  return `${shownNumber(model.weightsGiB)} GiB on disk × ${LOADED_WEIGHT_FACTOR} when loaded${unpacked}${share}${parted}`;
}

function overheadArithmetic({ weightsGiB }: ExpansionMemory, { settings }: ServedOn): string {
  const more = settings.batchedTokens - DEFAULT_BATCHED_TOKENS;
  const batch = more > 0 ? ` + activations of ${shownNumber(more)} more prompt tokens a step` : "";
  return `${BASE_GIB} GiB of runtime, graphs and activations + ${PER_WEIGHT * 100} % of ${shownNumber(weightsGiB)} GiB${batch}`;
}

/** Of an expansion that the releases at hand do not give: its own numbers. */
function storedPicture(memory: ExpansionMemory): MemoryPicture {
  const { perGpuGiB, weightsGiB, overheadGiB, kvCacheGiB, maxModelLen, maxConcurrency } = memory;
  const sizes: readonly (readonly [MemoryKind, number])[] = [
    ["weights", weightsGiB],
    ["overhead", overheadGiB],
    ["kvCache", kvCacheGiB],
    ["leftOver", leftGiB(memory)],
  ];
  return { perGpuGiB, parts: sizes.map(([kind, giB]) => ({ kind, giB })), cache: [], maxModelLen, maxConcurrency };
}

function tuningPicture({ chosen, model }: Decided): MemoryPicture | undefined {
  const perGpuGiB = chosen?.hardware.gpuMemoryGiB;
  const method = chosen?.job.tuningMethod;
  if (perGpuGiB === undefined || method === undefined || model === undefined) return undefined;
  const needGiB = tuningNeedGiB(model, method);
  const weightsGiB = round(needGiB - TUNING_OVERHEAD_GIB);
  const factor = method === "qlora" ? `${QLORA_WEIGHT_FACTOR} in 4 bit` : `${LOADED_WEIGHT_FACTOR} when loaded`;
  return {
    perGpuGiB,
    parts: [
      { kind: "weights", giB: weightsGiB, arithmetic: `${shownNumber(model.weightsGiB)} GiB on disk × ${factor}` },
      { kind: "overhead", giB: TUNING_OVERHEAD_GIB, arithmetic: "activations of one sample, optimizer, CUDA context" },
      {
        kind: "leftOver",
        giB: round(perGpuGiB - needGiB),
        arithmetic: `${perGpuGiB} GiB − ${shownNumber(needGiB)} GiB`,
      },
    ],
    cache: [],
  };
}
