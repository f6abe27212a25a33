/** Everything that befalls a simulated cluster, by the words reports have for it. A sampled run must have each of them. */
export const DISTURBANCES = [
  "offering out of stock",
  "throttled by the cloud",
  "answer of the cloud lost",
  "machine evicted",
  "machine deleted in the portal",
  "machine without a claim",
  "node never joined",
  "GPUs never came",
  "pod evicted",
  "container crashed",
  "clock set forward",
  "clock set back",
  "process killed",
  "process killed before a write",
  "process killed after a write",
  "process cut off",
  "leader changed",
  "API server restarted",
  "throttled by the API server",
  "answer of the API server lost",
  "watch broken",
  "watch expired",
  "listed anew",
  "watch late by seconds",
] as const;

export type Disturbance = (typeof DISTURBANCES)[number];

/** How often each has been. */
export type Tally = Readonly<Record<Disturbance, number>>;

export interface Counter {
  count(what: Disturbance): void;
  tally(): Tally;
}

export function createCounter(): Counter {
  const times = new Map<Disturbance, number>();
  return {
    count: (what) => void times.set(what, (times.get(what) ?? 0) + 1),
    tally: () => tallyOf((what) => times.get(what) ?? 0),
  };
}

export const NONE: Tally = tallyOf(() => 0);

export function sum(one: Tally, other: Tally): Tally {
  return tallyOf((what) => one[what] + other[what]);
}

function tallyOf(times: (what: Disturbance) => number): Tally {
  return Object.fromEntries(DISTURBANCES.map((what) => [what, times(what)])) as Tally;
}
