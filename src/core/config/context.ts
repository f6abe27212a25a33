import type { Issue } from "../issue.ts";
import { place } from "../memory/fit.ts";
import { longestIn } from "../memory/kv-cache.ts";
import { memorySettings } from "../memory/settings.ts";
import { shown } from "../schema.ts";
import { conflict } from "./finding.ts";
import type { StatedFlag } from "./flags.ts";
import type { ServedPod } from "./served-pod.ts";

const CONTEXT = "max-model-len";
const UTILIZATION = "gpu-memory-utilization";
// The rest holds CUDA's context and what other processes take: vLLM refuses to start where its share is not free.
const LARGEST_UTILIZATION = 0.98;

/** Options that the memory model reads (memory/settings.ts). */
const modelled = [
  UTILIZATION,
  "enable-prefix-caching",
  "kv-cache-dtype",
  "max-lora-rank",
  "max-loras",
  "max-num-batched-tokens",
  "performance-mode",
];
/** Options that change what a GPU holds in ways the memory model does not know: nothing is judged then. */
const unmodelled = [
  "block-size",
  "cpu-offload-gb",
  "enable-expert-parallel",
  "hf-overrides",
  "kv-cache-memory-bytes",
  "num-gpu-blocks-override",
  "quantization",
  "speculative-config",
];

/** Whether the longest context still fits, as the file changes what is asked for or what there is. */
export function memoryIssues(flags: readonly StatedFlag[], pod: ServedPod): readonly Issue[] {
  const last = (name: string): StatedFlag | undefined => flags.findLast((flag) => flag.name === name && !flag.dotted);
  const share = last(UTILIZATION);
  const context = last(CONTEXT);
  const tokens = context === undefined ? undefined : contextTokens(context.text);
  const issues = [
    ...(share === undefined || isShare(share.text) ? [] : [wrongShare(share)]),
    ...(context === undefined || tokens !== undefined ? [] : [wrongContext(context)]),
  ];
  if (issues.length > 0) return issues;
  if (context !== undefined && tokens !== undefined && tokens !== "auto") return tooLong(context, tokens, flags, pod);
  const stated = Number(pod.options[CONTEXT]);
  if (context !== undefined || share === undefined || !(stated > 0)) return [];
  const longest = longestContext(flags, pod, stated);
  if (longest === undefined || longest >= stated) return [];
  const left = `the GPU memory then holds ${longest} tokens, and the pod asks for ${stated}`;
  return [conflict(share.path, `is ${share.text}: ${left}; raise it, or state a smaller ${CONTEXT}`)];
}

function tooLong(context: StatedFlag, tokens: number, flags: readonly StatedFlag[], pod: ServedPod): readonly Issue[] {
  const limit = flags.some(({ name }) => name === "hf-overrides") ? undefined : pod.model?.contextTokens;
  if (limit !== undefined && tokens > limit) {
    return [conflict(context.path, `is ${tokens}, ${pod.model?.name} reads at most ${limit} tokens: lower it`)];
  }
  const longest = longestContext(flags, pod, tokens);
  if (longest === undefined || tokens <= longest) return [];
  return [conflict(context.path, `is ${tokens}, the GPU memory holds ${longest}: lower it or choose a larger size`)];
}

/** Tokens of one sequence that fit with the settings of the file, at most `most`; undefined where that is not known. */
function longestContext(flags: readonly StatedFlag[], pod: ServedPod, most: number): number | undefined {
  const { memory, gpu, parallelism } = pod.expansion;
  if (memory === undefined || flags.some(({ name, text }) => unmodelled.includes(name) && Number(text) !== 0)) {
    return undefined;
  }
  if (!flags.some(({ name }) => modelled.includes(name))) return Math.min(most, memory.maxModelLen);
  if (pod.model === undefined || gpu?.memoryGiB === undefined || parallelism === undefined) return undefined;
  const options: { [flag: string]: string } = { ...pod.options };
  for (const { name, dotted, text } of flags) if (!dotted) options[name] = text;
  const adapterSlots = Number(options["max-loras"] ?? 0);
  const adapterRank = Number(options["max-lora-rank"] ?? 0);
  // The split is that of the expansion already.
  const settings = memorySettings(options, { stages: true, adapterSlots, adapterRank });
  const hardware = {
    gpuCount: gpu.perNode,
    gpuMemoryGiB: gpu.memoryGiB,
    slice: gpu.resource.includes("/mig-"),
    ...(gpu.model === undefined ? {} : { gpuModel: gpu.model }),
  };
  const { plan, blocks } = place(pod.model, hardware, parallelism, settings);
  return longestIn(plan, blocks, most);
}

function isShare(text: string): boolean {
  return Number(text) > 0 && Number(text) <= LARGEST_UTILIZATION;
}

function wrongShare({ path, text }: StatedFlag): Issue {
  return conflict(path, `is ${shown(text)}: it must be above 0 and at most ${LARGEST_UTILIZATION}`);
}

function wrongContext({ path, text }: StatedFlag): Issue {
  return conflict(path, `is ${shown(text)}: it must be a whole number of tokens such as 16384 or 16k, or auto`);
}

const UNITS: { readonly [unit: string]: number } = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** As vLLM reads it: small letters are powers of 1,000 and take decimals, capitals are powers of 1,024 (human_readable_int). */
function contextTokens(text: string): number | "auto" | undefined {
  const given = text.trim();
  if (given === "-1" || given.toLowerCase() === "auto") return "auto";
  const [, number = "", decimals = "", unit = ""] = /^(\d{1,15})(\.\d{1,15})?([kKmMgGtT]?)$/.exec(given) ?? [];
  if (decimals !== "" && !/[kmgt]/.test(unit)) return undefined;
  const tokens = Math.trunc(Number(number + decimals) * (UNITS[unit] ?? 1));
  return tokens > 0 ? tokens : undefined;
}
