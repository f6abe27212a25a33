/**
 * One case of bench/plan.ts in a process of its own, so that its peak of memory is its own: arguments in, one line of JSON out.
 */
import { waitingDemand } from "../../src/core/capacity/pod.ts";
import { cheapest, priceOf } from "../../src/core/capacity/scheduling/cheapest.ts";
import type { PreferencePolicy, Row, Schedule } from "../../src/core/capacity/scheduling/problem.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { faults } from "./checks.ts";
import { firstFit, type YardSize } from "./first-fit.ts";
import { type Mix, podsOf } from "./pods.ts";
import { fakeSizes } from "./sizes.ts";

export interface Figures {
  readonly mix: string;
  readonly preferences: PreferencePolicy;
  readonly pods: number;
  readonly seed: number;
  readonly podsPerSecond: number;
  readonly milliseconds: number;
  readonly nodes: number;
  readonly hourlyPriceUsd: number;
  readonly firstFitNodes: number;
  readonly firstFitHourlyPriceUsd: number;
  readonly peakMiB: number;
  readonly faults: readonly string[];
}

const [mix, count, seed, policy] = process.argv.slice(2);
const pods = Number(count);
const rows = fakeSizes();
const preferences = policy as PreferencePolicy;
// The optimising compiler has seen every path before the clock starts; the pods of the warm-up are other ones.
for (let warm = 0; warm < 5; warm++) plan(podsOf(mix as Mix, Math.min(pods, 500), 1000 + warm));
const raw = podsOf(mix as Mix, pods, Number(seed));
const start = process.hrtime.bigint();
const made = plan(raw);
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
const peakMiB = process.resourceUsage().maxRSS / 1024;
const yard = firstFit(raw, yardSizes(), preferences === "respect");
const figures: Figures = {
  mix: mix ?? "",
  preferences,
  pods,
  seed: Number(seed),
  podsPerSecond: Math.round((pods / milliseconds) * 1000),
  milliseconds: Math.round(milliseconds),
  nodes: made.nodes.length,
  hourlyPriceUsd: priceOf(made, rows),
  firstFitNodes: yard.nodes,
  firstFitHourlyPriceUsd: yard.hourlyPriceUsd,
  peakMiB: Math.round(peakMiB),
  faults: faults(raw, rows, made),
};
console.log(JSON.stringify(figures));

/** From raw pods to nodes. */
function plan(waiting: readonly JsonObject[]): Schedule<string> {
  const demands = waiting.map(waitingDemand).filter((one) => one !== undefined);
  return cheapest<string>({
    pods: demands.map(({ key, labels, spec }) => ({ key, namespace: key.slice(0, key.indexOf("/")), labels, spec })),
    placed: [],
    rows,
    preferences,
    opener:
      () =>
      ({ rows: open, obstacle }) =>
        obstacle === undefined ? { rows: open } : { refusal: obstacle },
  });
}

/** Karpenter's sizes once each, as the yardstick takes them. */
function yardSizes(): readonly YardSize[] {
  const bySize = new Map<string, Row[]>();
  for (const row of rows) {
    const name = row.labels.get("node.kubernetes.io/instance-type") ?? "";
    bySize.set(name, [...(bySize.get(name) ?? []), row]);
  }
  return [...bySize.values()].map((offered) => ({
    cpu: offered[0]?.room.get("cpu") ?? 0,
    memory: offered[0]?.room.get("memory") ?? 0,
    pods: offered[0]?.room.get("pods") ?? 0,
    hourlyPriceUsd: offered[0]?.hourlyPriceUsd ?? 0,
    zones: [...new Set(offered.map(({ labels }) => labels.get("topology.kubernetes.io/zone") ?? ""))],
  }));
}
