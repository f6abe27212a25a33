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

/**
 * A price below which no purchase can hold all items, in USD per hour: the linear relaxation of buying nodes by pattern (how many
 * of each item a node holds), solved by its dual. Each item gets a price so that no pattern of any node is worth more than the
 * node costs; what all items are then worth is a lower bound. Patterns are found when they are violated. If the search for them
 * were cut short the prices are scaled down until none is: the bound holds whatever went before.
 */
export function lowerBound(items: readonly BoundItem[], kinds: readonly BoundKind[]): number {
  const rows: { readonly counts: readonly number[]; readonly price: number }[] = items.flatMap((_, i) =>
    kinds.map((kind, k) => ({
      counts: best(
        items,
        kind,
        k,
        items.map((__, j) => Number(i === j)),
      ).counts,
      price: kind.hourlyPriceUsd,
    })),
  );
  let prices: readonly number[] = [];
  let excess = 1;
  for (let round = 0; round < 400; round++) {
    prices = maximum(
      items.map(({ count }) => count),
      rows,
    );
    excess = 1;
    const before = rows.length;
    for (const [k, kind] of kinds.entries()) {
      const { counts, worth } = best(items, kind, k, prices);
      excess = Math.max(excess, worth / kind.hourlyPriceUsd);
      if (worth > kind.hourlyPriceUsd * (1 + 1e-7)) rows.push({ counts, price: kind.hourlyPriceUsd });
    }
    if (rows.length === before) break;
  }
  return items.reduce((sum, { count }, i) => sum + count * (prices[i] ?? 0), 0) / excess;
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
    const { requests } = items[i] as BoundItem;
    const most = Math.min(
      ...requests.map((wanted, r) => (wanted > 0 ? Math.floor((free[r] ?? 0) / wanted) : Infinity)),
    );
    for (let count = most; count >= 0; count--) {
      const less = free.map((amount, r) => amount - count * (requests[r] ?? 0));
      search(at + 1, less, counts.with(i, count), worth + count * (prices[i] ?? 0));
    }
  };
  search(0, room, found.counts, 0);
  return found;
}

/** max Σ value·y with Σ counts·y ≤ price for each row and y ≥ 0, by the simplex method; prices are positive, so 0 is a start. */
function maximum(
  values: readonly number[],
  rows: readonly { readonly counts: readonly number[]; readonly price: number }[],
): readonly number[] {
  const width = values.length;
  const table = rows.map(({ counts, price }, r) => [...counts, ...rows.map((_, c) => Number(r === c)), price]);
  const goal = [...values.map((value) => -value), ...rows.map(() => 0), 0];
  const basis = rows.map((_, r) => width + r);
  for (let step = 0; step < 20_000; step++) {
    // Bland's rule: never the same basis twice.
    const enter = goal.findIndex((value, c) => c < goal.length - 1 && value < -1e-9);
    if (enter === -1) break;
    const leave = leaving(table, basis, enter);
    if (leave === -1) throw new Error("the bound has no end: an item fits no node");
    pivot(table, goal, leave, enter);
    basis[leave] = enter;
  }
  const solution = values.map(() => 0);
  basis.forEach((column, r) => {
    if (column < width) solution[column] = Math.max(0, table[r]?.at(-1) ?? 0);
  });
  return solution;
}

function leaving(table: readonly (readonly number[])[], basis: readonly number[], enter: number): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  table.forEach((row, r) => {
    const by = row[enter] ?? 0;
    if (by <= 1e-9) return;
    const ratio = (row.at(-1) ?? 0) / by;
    if (ratio < least - 1e-12 || (ratio <= least + 1e-12 && (basis[r] ?? 0) < (basis[found] ?? Infinity))) {
      least = Math.min(least, ratio);
      found = r;
    }
  });
  return found;
}

function pivot(table: number[][], goal: number[], leave: number, enter: number): void {
  const row = table[leave] as number[];
  const by = row[enter] ?? 1;
  for (let c = 0; c < row.length; c++) row[c] = (row[c] ?? 0) / by;
  for (const other of [...table, goal]) {
    const factor = other === row ? 0 : (other[enter] ?? 0);
    if (factor === 0) continue;
    for (let c = 0; c < row.length; c++) other[c] = (other[c] ?? 0) - factor * (row[c] ?? 0);
  }
}
