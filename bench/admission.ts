/**
 * What admission costs: the real server with the real catalogue beside a bare node:https echo and a Go net/http echo of the
 * same JSON. Each is a process pinned to the first core, the load client (Go) to the second; they take turns, over TLS with
 * keep-alive connections. Every review differs in name, uid and one input.
 *
 *   node bench/admission.ts [--rounds=5] [--seconds=4] [--connections=32] [--soak-minutes=0]
 *
 * A round in which the client was the bottleneck, or other programs were, is thrown away and said so. The last line on
 * stdout is one JSON object with all figures. Figures of one machine say little; the ratios are the result.
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Shares } from "./admission/breakdown.ts";
import {
  type Contestant,
  type Figures,
  measure,
  type Name,
  type Place,
  round2,
  start,
} from "./admission/contestant.ts";
import { prepare } from "./admission/prepare.ts";
import { type Soaked, soak } from "./admission/soak.ts";
import { reviewBody } from "./review.ts";

const NAMES = ["go", "node", "foresail"] as const;
const GOALS = { requestsPerSecondOfGo: 0.8, p99OfGo: 1.5, rssMiB: 150, slopeMiBPerMinute: 0.5 };
// A round more for each that is thrown away, up to this many in all.
const MOST_TRIES = 4;
// The compiler is done with a server after about 50,000 reviews.
const WARM_SECONDS = 20;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "32" },
    "soak-minutes": { type: "string", default: "0" },
  },
});
const rounds = Number(values.rounds);
const load = { seconds: Number(values.seconds), connections: Number(values.connections) };

try {
  await compare(await prepare());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

async function compare(place: Place): Promise<void> {
  const contestants: Contestant[] = [];
  try {
    for (const name of NAMES) contestants.push(await start(name, place));
    for (const one of contestants) await measure(one, place, { ...load, seconds: WARM_SECONDS });
    const results = await takeTurns(contestants, place);
    const foresail = contestants.find(({ name }) => name === "foresail") as Contestant;
    const shares = await breakdown(foresail, place);
    const soaked = await soak(foresail, place, { ...load, minutes: Number(values["soak-minutes"]) });
    report(results, shares, soaked);
  } finally {
    for (const { child } of contestants) child.kill();
    rmSync(place.folder, { recursive: true, force: true });
  }
}

type Results = { readonly [K in Name]: Figures[] };

async function takeTurns(contestants: readonly Contestant[], place: Place): Promise<Results> {
  const results: Results = { go: [], node: [], foresail: [] };
  for (let round = 1; round <= rounds * MOST_TRIES; round++) {
    for (const one of contestants) {
      const figures = await measure(one, place, load);
      results[one.name].push(figures);
      console.log(`round ${round} ${one.name.padEnd(8)} ${JSON.stringify(figures)}`);
      if (figures.thrownAway !== undefined) console.log(`  thrown away: ${figures.thrownAway}`);
    }
    if (round >= rounds && NAMES.every((name) => kept(results[name]).length >= rounds)) break;
  }
  return results;
}

function kept(figures: readonly Figures[]): readonly Figures[] {
  return figures.filter(({ thrownAway }) => thrownAway === undefined);
}

/** Where the time of the server's thread goes while it is loaded. */
async function breakdown({ child, ...one }: Contestant, place: Place): Promise<Shares> {
  const told = once(child, "message");
  child.send(load.seconds * 800);
  await measure({ child, ...one }, place, load);
  const [{ shares }] = (await told) as [{ readonly shares: Shares }];
  for (const [part, share] of Object.entries(shares)) {
    console.log(`${(share * 100).toFixed(1).padStart(5)} % ${part}`);
  }
  return shares;
}

function report(results: Results, shares: Shares, soaked: Soaked | undefined): void {
  const medians = { go: summary(results.go), node: summary(results.node), foresail: summary(results.foresail) };
  const ratio = (pick: (figures: Summary) => number | undefined, to: "go" | "node"): number | undefined => {
    const [ours, theirs] = [pick(medians.foresail), pick(medians[to])];
    return ours === undefined || theirs === undefined ? undefined : round2(ours / theirs);
  };
  const ofEach = (to: "go" | "node") => ({
    requestsPerSecond: ratio(({ requestsPerSecond }) => requestsPerSecond, to),
    p99: ratio(({ p99Ms }) => p99Ms, to),
    requestsPerCpuSecond: round2(medians[to].cpuUsPerRequest / medians.foresail.cpuUsPerRequest),
  });
  const ratios = { toGo: ofEach("go"), toNode: ofEach("node") };
  const { requestsPerSecond = ratios.toGo.requestsPerCpuSecond, p99 } = ratios.toGo;
  const rssMiB = Math.max(medians.foresail.rssMiB, ...(soaked?.rssMiB ?? []));
  tell("requests per second, of the Go echo's", requestsPerSecond, GOALS.requestsPerSecondOfGo, "at least");
  if (p99 !== undefined) tell("p99, of the Go echo's", p99, GOALS.p99OfGo, "at most");
  else console.log("p99: every round was disturbed by other programs");
  tell("resident memory, MiB", rssMiB, GOALS.rssMiB, "at most");
  if (soaked !== undefined) {
    tell("resident memory, MiB more a minute", soaked.slopeMiBPerMinute, GOALS.slopeMiBPerMinute, "at most");
  }
  const run = { benchmark: "admission", ...load, rounds, reviewBytes: Buffer.byteLength(reviewBody()) };
  console.log(JSON.stringify({ ...run, goals: GOALS, medians, ratios, shares, soaked }));
}

function tell(what: string, value: number, goal: number, kind: "at least" | "at most"): void {
  const missed = kind === "at least" ? goal - value : value - goal;
  const verdict = missed <= 0 ? "reached" : `missed by ${round2(missed)}`;
  console.log(`${what}: ${value}; goal ${kind} ${goal}: ${verdict}`);
}

interface Summary {
  readonly rounds: number;
  readonly thrownAway: number;
  /** Absent when every round was thrown away. */
  readonly requestsPerSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Of all rounds. */
  readonly cpuUsPerRequest: number;
  readonly rssMiB: number;
}

function summary(all: readonly Figures[]): Summary {
  const good = kept(all);
  const base = {
    rounds: all.length,
    thrownAway: all.length - good.length,
    cpuUsPerRequest: median(all, (figures) => figures.cpuUsPerRequest),
    rssMiB: Math.max(...all.map(({ rssMiB }) => rssMiB)),
  };
  if (good.length === 0) return base;
  return {
    ...base,
    requestsPerSecond: median(good, (figures) => figures.requestsPerSecond),
    p50Ms: median(good, (figures) => figures.p50Ms),
    p99Ms: median(good, (figures) => figures.p99Ms),
  };
}

function median(rounds: readonly Figures[], pick: (figures: Figures) => number): number {
  return rounds.map(pick).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN;
}
