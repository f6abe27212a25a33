import { type Limit, maximum } from "./simplex.ts";

/** What is to be covered: equal pods, and the kinds of node they may be on. */
export interface BoundItem {
  readonly requests: readonly number[];
  readonly count: number;
  readonly kinds: ReadonlySet<number>;
}

export interface BoundKind {
  readonly room: readonly number[];
  readonly hourlyPriceUsd: number;
}

/** Prices below which no purchase can hold all items, in USD per hour. */
export interface Bounds {
  /** Parts of nodes can be bought: the linear relaxation of buying nodes by pattern. */
  readonly linearUsd: number;
  /** Of each kind a whole number of nodes is bought; how they are filled may still be a mixture. */
  readonly wholeUsd: number;
  /** Linear programs that took. */
  readonly programs: number;
}

/** So many nodes of each kind at least and at most. */
interface Branch {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

interface Bounded {
  readonly branch: Branch;
  readonly valueUsd: number;
  /** Nodes of each kind. */
  readonly nodes: readonly number[];
}

/** A pattern, how many of each item a node holds, on a node of a kind. */
interface Pattern {
  readonly kind: number;
  readonly counts: readonly number[];
}

// Of the price of a node: what a pattern may be worth more than it costs when the search for patterns ends.
const TOLERANCE = 1e-7;

/**
 * The two bounds, found by branch and bound: where the linear program buys a part of a node of some kind, either at most the
 * whole number below is bought or at least the one above. The branch with the lowest bound goes first, so whenever it ends what
 * is left is a bound.
 * @param knownUsd what a purchase costs that is known: branches that are no cheaper are not followed
 * @param mostPrograms after so many linear programs the search is cut short
 */
export function bounds(
  items: readonly BoundItem[],
  kinds: readonly BoundKind[],
  knownUsd: number = Number.POSITIVE_INFINITY,
  mostPrograms = 400,
): Bounds {
  const total = items.reduce((sum, { count }) => sum + count, 0);
  const patterns: Pattern[] = items.flatMap((item, i) =>
    [...item.kinds]
      .map((kind) => ({ kind, counts: items.map((_, j) => (i === j ? mostOf(item, kinds[kind]?.room ?? []) : 0)) }))
      .filter(({ counts }) => (counts[i] ?? 0) > 0),
  );
  const solve = (branch: Branch): Bounded => relaxed(items, kinds, patterns, branch);
  const root = solve({ least: kinds.map(() => 0), most: kinds.map(() => total) });
  let open: readonly Bounded[] = [root];
  let programs = 1;
  for (;;) {
    const [lowest, ...others] = open.toSorted((a, b) => a.valueUsd - b.valueUsd);
    const linearUsd = Math.min(root.valueUsd, knownUsd);
    if (lowest === undefined || lowest.valueUsd >= knownUsd) return { linearUsd, wholeUsd: knownUsd, programs };
    const kind = fractional(lowest, kinds);
    if (kind === -1 || programs >= mostPrograms) return { linearUsd, wholeUsd: lowest.valueUsd, programs };
    const { least, most } = lowest.branch;
    const below = Math.floor(lowest.nodes[kind] ?? 0);
    const next = [
      solve({ least, most: most.with(kind, below) }),
      solve({ least: least.with(kind, below + 1), most }),
    ] as const;
    programs += next.length;
    open = [...others, ...next];
  }
}

/** The kind of which a part of a node is bought, where rounding it costs most; -1: none. */
function fractional({ nodes }: Bounded, kinds: readonly BoundKind[]): number {
  const cost = (kind: number): number => {
    const part = (nodes[kind] ?? 0) % 1;
    return Math.min(part, 1 - part) * (kinds[kind]?.hourlyPriceUsd ?? 0);
  };
  const found = [...kinds.keys()].reduce((best, kind) => (cost(kind) > cost(best) ? kind : best), 0);
  return cost(found) > 1e-6 ? found : -1;
}

/**
 * The linear program of one branch, solved by its dual: each item gets a price so that no pattern of any node is worth more than
 * the node costs; what all items are then worth is a lower bound. Patterns are found when they are violated, and kept for other
 * branches. A number of nodes that is asked for makes nodes of the kind cheaper, one that is not to be passed dearer.
 */
function relaxed(
  items: readonly BoundItem[],
  kinds: readonly BoundKind[],
  patterns: Pattern[],
  { least, most }: Branch,
): Bounded {
  const values = [...items.map(({ count }) => count), ...least, ...most.map((count) => -count)];
  // Leaving an item out costs as much as a node of the dearest kind for each: a branch without a solution is worse than any plan.
  const highest = kinds.reduce((most, { hourlyPriceUsd }) => Math.max(most, hourlyPriceUsd), 0);
  const mostWorth = items.reduce((sum, { count }) => sum + count * highest, highest);
  const ends: readonly Limit[] = [
    ...items.map((_, i) => ({ counts: values.map((__, c) => Number(c === i)), most: mostWorth })),
    // A node can stay empty.
    ...kinds.map((_, kind) => limitOf(items, kinds, { kind, counts: items.map(() => 0) })),
  ];
  for (;;) {
    const limits = [...patterns.map((one) => limitOf(items, kinds, one)), ...ends];
    const { value, y, x } = maximum(values, limits);
    const before = patterns.length;
    kinds.forEach((kind, k) => {
      const cost = kind.hourlyPriceUsd - (y[items.length + k] ?? 0) + (y[items.length + kinds.length + k] ?? 0);
      const { counts, worth } = best(items, kind, k, y);
      if (worth > cost + TOLERANCE * kind.hourlyPriceUsd) patterns.push({ kind: k, counts });
    });
    if (patterns.length > before) continue;
    const nodes = kinds.map((_, k) =>
      patterns.reduce((sum, { kind }, p) => (kind === k ? sum + (x[p] ?? 0) : sum), x[before + items.length + k] ?? 0),
    );
    // What the tolerance can have added: so much for each node there can be.
    const slack = kinds.reduce((sum, { hourlyPriceUsd }, k) => sum + TOLERANCE * hourlyPriceUsd * (most[k] ?? 0), 0);
    return { branch: { least, most }, valueUsd: value - slack, nodes };
  }
}

function limitOf(items: readonly BoundItem[], kinds: readonly BoundKind[], { kind, counts }: Pattern): Limit {
  const ofKind = kinds.map((_, k) => Number(k === kind));
  return {
    counts: [...items.map((_, i) => counts[i] ?? 0), ...ofKind, ...ofKind.map((one) => -one)],
    most: kinds[kind]?.hourlyPriceUsd ?? 0,
  };
}

/** The pattern of a node that is worth most at these prices: every combination, except those that cannot beat the best. */
function best(
  items: readonly BoundItem[],
  { room }: BoundKind,
  kind: number,
  prices: readonly number[],
): { readonly counts: readonly number[]; readonly worth: number } {
  const usable = [...items.keys()].filter((i) => (prices[i] ?? 0) > 0 && items[i]?.kinds.has(kind) === true);
  // GPUs are the first resource and bind; worth by GPU bounds what is left.
  const density = (i: number): number => (prices[i] ?? 0) / (items[i]?.requests[0] ?? 1);
  usable.sort((a, b) => density(b) - density(a));
  let found = { counts: items.map(() => 0), worth: 0 };
  const search = (at: number, free: readonly number[], counts: readonly number[], worth: number): void => {
    if (worth > found.worth) found = { counts: [...counts], worth };
    const i = usable[at];
    if (i === undefined || worth + (free[0] ?? 0) * density(i) <= found.worth * (1 + 1e-12)) return;
    const item = items[i] as BoundItem;
    const { requests } = item;
    for (let count = mostOf(item, free); count >= 0; count--) {
      const less = free.map((amount, r) => amount - count * (requests[r] ?? 0));
      search(at + 1, less, counts.with(i, count), worth + count * (prices[i] ?? 0));
    }
  };
  search(0, room, found.counts, 0);
  return found;
}

/** How many fit: no more than there are. */
function mostOf({ requests, count }: BoundItem, free: readonly number[]): number {
  return Math.min(count, ...requests.map((wanted, r) => (wanted > 0 ? Math.floor((free[r] ?? 0) / wanted) : Infinity)));
}
