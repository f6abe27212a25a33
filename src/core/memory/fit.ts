import type { Model } from "../catalogue.ts";
import type { ExpansionMemory, ExpansionParallelism } from "../kinds/expansion.ts";
import { blocksIn, blocksOf, type CachePlan, cachePlan, longestIn } from "./kv-cache.ts";
import { overheadGiB } from "./overhead.ts";
import { mostSequences } from "./sequences.ts";
import type { MemorySettings } from "./settings.ts";
import { type Split, splits, takesAdapters } from "./splits.ts";
import { type Hardware, visibleGiB } from "./visible-memory.ts";
import { weightsOnGpuGiB } from "./weights.ts";

export interface Fit {
  readonly nodeCount: number;
  readonly parallelism: ExpansionParallelism;
  readonly memory: ExpansionMemory;
  /** Sequences the server may run at a time, where its own default is too many. */
  readonly mostSequences?: number;
}

/** Why a model does not fit: what one GPU must hold for the smallest context, and what it has. */
export interface Misfit {
  readonly neededGiB: number;
  readonly availableGiB: number;
}

/** What one GPU of a split holds. */
export interface Placed {
  readonly split: Split;
  readonly weightsGiB: number;
  readonly overheadGiB: number;
  readonly kvCacheGiB: number;
  readonly plan: CachePlan;
  readonly blocks: number;
}

const BYTES_PER_GIB = 1024 ** 3;
// KAITO sizes for one sequence of 2,048 tokens; less context than that is of no use to anyone.
const SMALLEST_CONTEXT_TOKENS = 2048;
// Beyond this the bubbles of pipeline parallelism eat the gain; also a bound for hostile sizes.
const MOST_NODES = 16;

/**
 * Places a model on nodes of one kind under vLLM: the fewest nodes, and on them the least tensor parallelism that gives the
 * whole context, else the split that gives the longest. What is promised holds when the server starts: it reserves one
 * sequence of the stated length and refuses to start where that does not fit.
 */
export function fitVllm(model: Model, hardware: Hardware, settings: MemorySettings): Fit | Misfit {
  const wanted = wantedContext(model, settings);
  const smallest = smallestContext(model, settings);
  let closest: Misfit | undefined;
  for (let nodeCount = 1; nodeCount <= (hardware.slice === true ? 1 : MOST_NODES); nodeCount++) {
    const { gpuCount } = hardware;
    const candidates = splits(model, { gpuCount, nodeCount, stages: settings.stages })
      .filter((split) => settings.adapterSlots === 0 || takesAdapters(model, split, gpuCount))
      .map((split) => place(model, hardware, split, settings));
    const last = candidates.at(-1);
    // More stages than layers: more nodes are of no use.
    if (last === undefined) break;
    const fitting = candidates.filter(({ plan, blocks }) => blocksOf(plan, smallest) <= blocks);
    const best = fitting.find(({ plan, blocks }) => blocksOf(plan, wanted) <= blocks) ?? longest(fitting, wanted);
    if (best !== undefined) return withSequences(model, best, asFit(best, hardware, { wanted, nodeCount }), settings);
    closest ??= misfit(last, hardware, { smallest, settings });
  }
  return closest ?? { neededGiB: model.weightsGiB, availableGiB: 0 };
}

function withSequences(model: Model, placed: Placed, fit: Fit, { throughput }: MemorySettings): Fit {
  const most = mostSequences(model, placed, { maxModelLen: fit.memory.maxModelLen, throughput });
  return most === undefined ? fit : { ...fit, mostSequences: most };
}

export function isMisfit(result: Fit | Misfit): result is Misfit {
  return "neededGiB" in result;
}

/** Tokens below which a model is said not to fit. */
export function smallestContext(model: Model, settings: MemorySettings): number {
  return Math.min(SMALLEST_CONTEXT_TOKENS, wantedContext(model, settings));
}

/** The context to give where memory allows. */
export function wantedContext(model: Model, { contextTokens }: MemorySettings): number {
  return Math.min(model.contextTokens, contextTokens ?? model.contextTokens);
}

/** Memory of one GPU that vLLM takes, GiB. */
export function usableGiB(hardware: Hardware, { gpuMemoryUtilization }: MemorySettings): number {
  return visibleGiB(hardware) * gpuMemoryUtilization;
}

/** Two decimals, the precision of every GiB in an expansion. */
export function round(gib: number): number {
  return Math.round(gib * 100) / 100;
}

export function place(model: Model, hardware: Hardware, split: Split, settings: MemorySettings): Placed {
  const weightsGiB = weightsOnGpuGiB(model, split);
  const overhead = overheadGiB(model, weightsGiB, split, settings);
  const kvCacheGiB = usableGiB(hardware, settings) - weightsGiB - overhead;
  const plan = cachePlan(model, split, settings);
  return {
    split,
    weightsGiB,
    overheadGiB: overhead,
    kvCacheGiB,
    plan,
    blocks: blocksIn(plan, kvCacheGiB * BYTES_PER_GIB),
  };
}

function longest(candidates: readonly Placed[], wanted: number): Placed | undefined {
  const tokens = ({ plan, blocks }: Placed): number => longestIn(plan, blocks, wanted);
  return candidates.reduce<Placed | undefined>(
    (best, candidate) => (best === undefined || tokens(candidate) > tokens(best) ? candidate : best),
    undefined,
  );
}

function misfit(
  { plan, weightsGiB, overheadGiB: overhead }: Placed,
  hardware: Hardware,
  { smallest, settings }: { readonly smallest: number; readonly settings: MemorySettings },
): Misfit {
  // One block more than the sequence holds, as the pool keeps one.
  const cacheGiB = ((blocksOf(plan, smallest) + 1) * plan.blockBytes) / BYTES_PER_GIB;
  const neededGiB = weightsGiB + overhead + cacheGiB;
  return { neededGiB: round(neededGiB), availableGiB: round(usableGiB(hardware, settings)) };
}

/** The fit of a placement: numbers as an expansion states them. */
export function asFit(
  { split, plan, blocks, ...memory }: Placed,
  { gpuCount, gpuMemoryGiB }: Hardware,
  { wanted, nodeCount }: { readonly wanted: number; readonly nodeCount: number },
): Fit {
  const { tensor, pipeline } = split;
  const maxModelLen = longestIn(plan, blocks, wanted);
  return {
    nodeCount,
    parallelism: { data: pipeline === 1 ? gpuCount / tensor : 1, pipeline, tensor },
    memory: {
      kvCacheGiB: round(memory.kvCacheGiB),
      maxConcurrency: Math.max(1, Math.floor(blocks / Math.max(1, blocksOf(plan, maxModelLen)))),
      maxModelLen,
      overheadGiB: round(memory.overheadGiB),
      perGpuGiB: gpuMemoryGiB,
      weightsGiB: round(memory.weightsGiB),
    },
  };
}
