/**
 * One case with GPUs of bench/plan.ts in a process of its own: arguments in, one line of JSON out.
 */
import { waitingDemand } from "../../src/core/capacity/pod.ts";
import { cheapest, priceOf } from "../../src/core/capacity/scheduling/cheapest.ts";
import type { Schedule, SchedulingProblem } from "../../src/core/capacity/scheduling/problem.ts";
import { schedule } from "../../src/core/capacity/scheduling/schedule.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { loadCatalogue } from "../../src/load.ts";
import { faults } from "./checks.ts";
import { boundsOf } from "./gpu-bound.ts";
import { type GpuMix, gpuPods, realSizes } from "./gpu-pods.ts";

export interface GpuFigures {
  readonly mix: string;
  readonly pods: number;
  readonly seed: number;
  readonly milliseconds: number;
  readonly nodes: number;
  readonly hourlyPriceUsd: number;
  /** By linear relaxation, and with a whole number of nodes of each size. */
  readonly linearBoundUsd: number;
  readonly wholeBoundUsd: number;
  /** Of the price above the bounds. */
  readonly linearGap: number;
  readonly wholeGap: number;
  readonly linearPrograms: number;
  /** Filling the first node that fits, of the size that is cheapest in the end. */
  readonly firstFitHourlyPriceUsd: number;
  readonly peakMiB: number;
  readonly faults: readonly string[];
}

const [mix, count, seed] = process.argv.slice(2);
const rows = realSizes(loadCatalogue().current, "eastus");
for (let warm = 0; warm < 3; warm++) plan(gpuPods(mix as GpuMix, 100, 1000 + warm, rows), "cheapest");
const raw = gpuPods(mix as GpuMix, Number(count), Number(seed), rows);
const start = process.hrtime.bigint();
const made = plan(raw, "cheapest");
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
const peakMiB = process.resourceUsage().maxRSS / 1024;
const price = priceOf(made, rows);
const { linearUsd, wholeUsd, programs } = boundsOf(raw, rows, price);
const figures: GpuFigures = {
  mix: mix ?? "",
  pods: Number(count),
  seed: Number(seed),
  milliseconds: Math.round(milliseconds),
  nodes: made.nodes.length,
  hourlyPriceUsd: price,
  linearBoundUsd: linearUsd,
  wholeBoundUsd: wholeUsd,
  linearGap: price / linearUsd - 1,
  wholeGap: price / wholeUsd - 1,
  linearPrograms: programs,
  firstFitHourlyPriceUsd: priceOf(plan(raw, "first fit"), rows),
  peakMiB: Math.round(peakMiB),
  faults: faults(raw, rows, made),
};
console.log(JSON.stringify(figures));

function plan(waiting: readonly JsonObject[], way: "cheapest" | "first fit"): Schedule<string> {
  const demands = waiting.map(waitingDemand).filter((one) => one !== undefined);
  const open: SchedulingProblem<string>["open"] = ({ rows: open, obstacle }) =>
    obstacle === undefined ? { rows: open } : { refusal: obstacle };
  const problem = {
    pods: demands.map(({ key, labels, spec }) => ({ key, namespace: key.slice(0, key.indexOf("/")), labels, spec })),
    placed: [],
    rows,
    preferences: "thrifty" as const,
  };
  return way === "cheapest" ? cheapest({ ...problem, opener: () => open }) : schedule({ ...problem, open });
}
