/**
 * One case with GPUs of bench/plan.ts in a process of its own: arguments in, one line of JSON out.
 */
import { waitingDemand } from "../../src/core/capacity/pod.ts";
import { podRequests } from "../../src/core/capacity/resources.ts";
import { cheapest, priceOf } from "../../src/core/capacity/scheduling/cheapest.ts";
import type { Row, Schedule } from "../../src/core/capacity/scheduling/problem.ts";
import { schedule } from "../../src/core/capacity/scheduling/schedule.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import { loadCatalogue } from "../../src/load.ts";
import { type BoundItem, lowerBound } from "./bound.ts";
import { faults } from "./checks.ts";
import { type GpuMix, gpuPods, realSizes } from "./gpu-pods.ts";

export interface GpuFigures {
  readonly mix: string;
  readonly pods: number;
  readonly seed: number;
  readonly milliseconds: number;
  readonly nodes: number;
  readonly hourlyPriceUsd: number;
  readonly lowerBoundUsd: number;
  /** Of the price above the bound. */
  readonly gap: number;
  /** Filling the first node that fits, of the size that is cheapest in the end. */
  readonly firstFitHourlyPriceUsd: number;
  readonly peakMiB: number;
  readonly faults: readonly string[];
}

const RESOURCES = ["nvidia.com/gpu", "cpu", "memory"] as const;
const [mix, count, seed] = process.argv.slice(2);
const rows = realSizes(loadCatalogue().current, "eastus");
for (let warm = 0; warm < 3; warm++) plan(gpuPods(mix as GpuMix, 100, 1000 + warm, rows), cheapest);
const raw = gpuPods(mix as GpuMix, Number(count), Number(seed), rows);
const start = process.hrtime.bigint();
const made = plan(raw, cheapest);
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
const peakMiB = process.resourceUsage().maxRSS / 1024;
const price = priceOf(made, rows);
const bound = lowerBound(
  items(raw),
  rows.map(({ room, hourlyPriceUsd = 0 }) => ({ room: RESOURCES.map((name) => room.get(name) ?? 0), hourlyPriceUsd })),
);
const figures: GpuFigures = {
  mix: mix ?? "",
  pods: Number(count),
  seed: Number(seed),
  milliseconds: Math.round(milliseconds),
  nodes: made.nodes.length,
  hourlyPriceUsd: price,
  lowerBoundUsd: bound,
  gap: price / bound - 1,
  firstFitHourlyPriceUsd: priceOf(plan(raw, schedule), rows),
  peakMiB: Math.round(peakMiB),
  faults: faults(raw, rows, made),
};
console.log(JSON.stringify(figures));

function plan(waiting: readonly JsonObject[], way: typeof cheapest<string>): Schedule<string> {
  const demands = waiting.map(waitingDemand).filter((one) => one !== undefined);
  return way({
    pods: demands.map(({ key, labels, spec }) => ({ key, namespace: key.slice(0, key.indexOf("/")), labels, spec })),
    placed: [],
    rows,
    preferences: "thrifty",
    open: ({ rows: open, obstacle }) => (obstacle === undefined ? { rows: open } : { refusal: obstacle }),
  });
}

/** Equal pods as the bound takes them. */
function items(waiting: readonly JsonObject[]): readonly BoundItem[] {
  const found = new Map<string, { requests: readonly number[]; count: number; kinds: ReadonlySet<number> }>();
  for (const { spec } of waiting) {
    if (!isObject(spec)) continue;
    const asked = podRequests(spec);
    const selector = isObject(spec["nodeSelector"]) ? Object.entries(spec["nodeSelector"]) : [];
    const requests = RESOURCES.map((name) => asked.get(name) ?? 0);
    const kinds = new Set([...rows.keys()].filter((row) => suits(rows[row], selector)));
    const name = JSON.stringify([requests, selector]);
    const known = found.get(name);
    if (known === undefined) found.set(name, { requests, count: 1, kinds });
    else known.count++;
  }
  return [...found.values()];
}

function suits(row: Row | undefined, selector: readonly (readonly [string, unknown])[]): boolean {
  return selector.every(([key, value]) => row?.labels.get(key) === value);
}
