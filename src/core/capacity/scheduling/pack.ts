/** Equal pods to be packed. */
export interface Item {
  readonly requests: Float64Array;
  readonly count: number;
  /** Kinds of node they may be on. */
  readonly suits: (kind: number) => boolean;
}

/** A kind of node that can be bought. */
export interface Kind {
  readonly room: Float64Array;
  readonly hourlyPriceUsd: number;
}

/** A node to buy: how many of each item it takes. */
export interface PackedNode {
  readonly kind: number;
  readonly counts: readonly number[];
}

interface Filled {
  kind: number;
  readonly counts: number[];
  readonly used: Float64Array;
}

/**
 * Nodes for all items at a low total price. Each item is worth what it costs on a node full of its like, at best; the node that
 * gives the most worth for its price is bought again and again. In the end nodes whose pods find room on others are given up.
 * Items that suit no kind are left out.
 */
export function pack(items: readonly Item[], kinds: readonly Kind[]): readonly PackedNode[] {
  const worth = items.map((item) => worthOf(item, kinds));
  const left = items.map(({ count }, i) => (Number.isFinite(worth[i]) ? count : 0));
  const order = [...items.keys()]
    .filter((i) => (left[i] ?? 0) > 0)
    .sort((a, b) => (worth[b] ?? 0) - (worth[a] ?? 0) || a - b);
  const nodes: Filled[] = [];
  while (left.some((count) => count > 0)) {
    const best = bestNode(items, kinds, { worth, left, order });
    if (best === undefined) break;
    for (let times = repeats(best.counts, left); times > 0; times--) {
      nodes.push({ kind: best.kind, counts: [...best.counts], used: best.used.slice() });
      best.counts.forEach((count, i) => {
        left[i] = (left[i] ?? 0) - count;
      });
    }
  }
  const kept = withoutSpare(nodes, items, kinds);
  for (const node of kept) node.kind = cheapestKind(node, items, kinds);
  return kept.map(({ kind, counts }) => ({ kind, counts }));
}

/** USD per hour of one item on a node that is full of its like. */
function worthOf(item: Item, kinds: readonly Kind[]): number {
  let worth = Number.POSITIVE_INFINITY;
  kinds.forEach((kind, k) => {
    const copies = item.suits(k) ? copiesIn(kind.room, item.requests) : 0;
    if (copies > 0) worth = Math.min(worth, kind.hourlyPriceUsd / copies);
  });
  return worth;
}

function copiesIn(room: Float64Array, requests: Float64Array): number {
  let copies = Number.POSITIVE_INFINITY;
  for (let i = 0; i < requests.length; i++) {
    const wanted = requests[i] ?? 0;
    if (wanted > 0) copies = Math.min(copies, Math.floor((room[i] ?? 0) / wanted));
  }
  return copies;
}

interface Open {
  readonly worth: readonly number[];
  readonly left: readonly number[];
  readonly order: readonly number[];
}

/** The node with the most worth for its price; of equal ones the cheaper. */
function bestNode(items: readonly Item[], kinds: readonly Kind[], open: Open): Filled | undefined {
  let best: Filled | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  kinds.forEach((kind, k) => {
    const node = fill(items, kind, k, open);
    const gained = node.counts.reduce((sum, count, i) => sum + (count === 0 ? 0 : count * (open.worth[i] ?? 0)), 0);
    const cost = kind.hourlyPriceUsd / gained;
    if (gained === 0 || cost > bestCost * (1 + 1e-9)) return;
    if (cost > bestCost * (1 - 1e-9) && kind.hourlyPriceUsd >= (kinds[best?.kind ?? -1]?.hourlyPriceUsd ?? Infinity))
      return;
    best = node;
    bestCost = cost;
  });
  return best;
}

/** One node of the kind, filled with what is left, the most worthy item first. */
function fill(items: readonly Item[], { room }: Kind, kind: number, { left, order }: Open): Filled {
  const node: Filled = { kind, counts: items.map(() => 0), used: new Float64Array(room.length) };
  for (const i of order) {
    const item = items[i];
    if (item === undefined || (left[i] ?? 0) <= 0 || !item.suits(kind)) continue;
    const free = room.map((amount, at) => amount - (node.used[at] ?? 0));
    const count = Math.min(left[i] ?? 0, copiesIn(free, item.requests));
    put(node, item, i, count);
  }
  return node;
}

function put(node: Filled, { requests }: Item, index: number, count: number): void {
  node.counts[index] = (node.counts[index] ?? 0) + count;
  for (let at = 0; at < requests.length; at++) node.used[at] = (node.used[at] ?? 0) + count * (requests[at] ?? 0);
}

function repeats(counts: readonly number[], left: readonly number[]): number {
  return counts.reduce(
    (least, count, i) => (count === 0 ? least : Math.min(least, Math.floor((left[i] ?? 0) / count))),
    Infinity,
  );
}

// Moving is tried between the last nodes only: with more than this many, what could be gained is a thousandth of the whole.
const MOST_NODES_MOVED = 600;

/** Gives up nodes whose items all find room on others, the dearest first that can be. */
function withoutSpare(nodes: readonly Filled[], items: readonly Item[], kinds: readonly Kind[]): readonly Filled[] {
  if (nodes.length > MOST_NODES_MOVED) return nodes;
  const price = ({ kind }: Filled): number => kinds[kind]?.hourlyPriceUsd ?? 0;
  let kept: readonly Filled[] = nodes;
  for (const node of [...nodes].sort((a, b) => price(b) - price(a))) {
    const others = kept.filter((one) => one !== node);
    const after = moved(node, others, items, kinds);
    if (after !== undefined) kept = after;
  }
  return kept;
}

/** The others with the node's items on them; undefined where they have too little room. */
function moved(
  node: Filled,
  others: readonly Filled[],
  items: readonly Item[],
  kinds: readonly Kind[],
): readonly Filled[] | undefined {
  const changed = new Map<Filled, Filled>();
  for (const [index, count] of node.counts.entries()) {
    const item = items[index];
    if (item !== undefined && count > 0 && !spreadOut({ item, index, count }, others, changed, kinds)) return undefined;
  }
  return others.map((other) => changed.get(other) ?? other);
}

function spreadOut(
  { item, index, count }: { readonly item: Item; readonly index: number; readonly count: number },
  others: readonly Filled[],
  changed: Map<Filled, Filled>,
  kinds: readonly Kind[],
): boolean {
  let left = count;
  for (const other of others) {
    const now = changed.get(other) ?? other;
    if (!item.suits(now.kind)) continue;
    const fits = Math.min(left, copiesIn(freeOf(now, kinds), item.requests));
    if (fits <= 0) continue;
    const grown = { kind: now.kind, counts: [...now.counts], used: now.used.slice() };
    put(grown, item, index, fits);
    changed.set(other, grown);
    left -= fits;
    if (left === 0) return true;
  }
  return false;
}

function freeOf({ kind, used }: Filled, kinds: readonly Kind[]): Float64Array {
  return (kinds[kind]?.room ?? new Float64Array()).map((amount, at) => amount - (used[at] ?? 0));
}

function cheapestKind(node: Filled, items: readonly Item[], kinds: readonly Kind[]): number {
  const holds = (k: number): boolean =>
    node.counts.every((count, i) => count === 0 || items[i]?.suits(k) === true) &&
    node.used.every((amount, at) => amount <= (kinds[k]?.room[at] ?? 0));
  return [...kinds.keys()]
    .filter(holds)
    .reduce((best, k) => ((kinds[k]?.hourlyPriceUsd ?? 0) < (kinds[best]?.hourlyPriceUsd ?? 0) ? k : best), node.kind);
}
