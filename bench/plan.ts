/**
 * What planning costs: Karpenter's scheduling benchmark rebuilt (400 sizes in 5 offerings each; its diverse, generic and
 * preference pods, and each kind alone), and pods with GPUs on the catalogue's sizes at their real prices. From raw pods to
 * nodes, on one core, each case in a process of its own.
 *
 *   node bench/plan.ts [--pods=500,1000,2000,5000,10000,20000] [--seeds=1,2,3]
 *
 * Work is equal only if the result is: every schedule is checked pod by pod (bench/plan/checks.ts) and compared with first fit
 * decreasing in nodes and price; the price of GPU nodes with lower bounds. The last line on stdout is one JSON object. Figures
 * of one machine say little; Karpenter's own benchmark is run by `make bench-karpenter`.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Figures } from "./plan/case.ts";
import type { GpuFigures } from "./plan/gpu-case.ts";
import { KINDS } from "./plan/pods.ts";

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "500,1000,2000,5000,10000,20000" },
    seeds: { type: "string", default: "1,2,3" },
  },
});
const counts = values.pods.split(",").map(Number);
const seeds = values.seeds.split(",");

interface Goal {
  readonly mix: string;
  readonly pods: number;
  readonly podsPerSecond?: number;
  readonly milliseconds?: number;
}

const GOALS: readonly Goal[] = [
  { mix: "diverse", pods: 5000, podsPerSecond: 2000 },
  { mix: "diverse", pods: 10_000, milliseconds: 6000 },
  { mix: "generic", pods: 1000, podsPerSecond: 20_000 },
];
const MOST_MIB = 300;
// Of a GPU mix's price above the lower bound, with a whole number of nodes of each size.
const MOST_GAP = 0.02;

const cases: readonly (readonly [mix: string, pods: number, preferences: string])[] = [
  ...counts.map((count) => ["diverse", count, "respect"] as const),
  ...KINDS.map((kind) => [kind, 1000, "respect"] as const),
  ["preference", 4000, "respect"],
  ["preference", 4000, "ignore"],
];
const figures = cases.flatMap(([mix, count, preferences]) =>
  seeds.map((seed) => {
    const line = measure<Figures>("case.ts", [mix, String(count), seed, preferences]);
    console.log(JSON.stringify(line));
    return line;
  }),
);
const gpuFigures = ["any", "models"].flatMap((mix) =>
  [100, 500].flatMap((count) =>
    seeds.map((seed) => {
      const line = measure<GpuFigures>("gpu-case.ts", [mix, String(count), seed]);
      console.log(JSON.stringify(line));
      return line;
    }),
  ),
);
const missed = [...figures.flatMap(missedBy), ...gpuFigures.flatMap(missedByGpus)];
for (const line of missed) console.log(`missed: ${line}`);
console.log(
  JSON.stringify({
    benchmark: "plan",
    goals: GOALS,
    mostMiB: MOST_MIB,
    mostGap: MOST_GAP,
    missed,
    figures,
    gpuFigures,
  }),
);

function measure<T>(program: string, args: readonly string[]): T {
  const file = join(import.meta.dirname, "plan", program);
  const told = execFileSync(process.execPath, [file, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(told) as T;
}

function missedBy(line: Figures): readonly string[] {
  const name = `${line.mix} ${line.pods} (${line.preferences}, seed ${line.seed})`;
  const goal = GOALS.find(({ mix, pods }) => mix === line.mix && pods === line.pods);
  const slow = line.podsPerSecond < (goal?.podsPerSecond ?? 0) || line.milliseconds > (goal?.milliseconds ?? Infinity);
  return [
    ...line.faults.map((fault) => `${name}: ${fault}`),
    ...(slow ? [`${name}: ${line.podsPerSecond} pods/s, ${line.milliseconds} ms`] : []),
    ...(line.peakMiB > MOST_MIB ? [`${name}: ${line.peakMiB} MiB`] : []),
    ...(line.nodes > line.firstFitNodes ? [`${name}: ${line.nodes} nodes, first fit ${line.firstFitNodes}`] : []),
    // The sums of the same prices in another order differ in the last bits.
    ...(line.hourlyPriceUsd > line.firstFitHourlyPriceUsd * (1 + 1e-9)
      ? [`${name}: ${line.hourlyPriceUsd} USD, first fit ${line.firstFitHourlyPriceUsd}`]
      : []),
  ];
}

function missedByGpus(line: GpuFigures): readonly string[] {
  const name = `GPUs ${line.mix} ${line.pods} (seed ${line.seed})`;
  return [
    ...line.faults.map((fault) => `${name}: ${fault}`),
    ...(line.wholeGap > MOST_GAP ? [`${name}: ${(line.wholeGap * 100).toFixed(1)} % above the lower bound`] : []),
  ];
}
