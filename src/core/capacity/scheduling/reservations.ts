import { both, has, type Mask } from "./mask.ts";
import { type Item, type Kind, pack } from "./pack.ts";
import type { Classified, PodClass } from "./pod-class.ts";
import type { Reserved, SchedulingProblem } from "./problem.ts";
import { remembered, roomTable, rowTable, vectorOf } from "./row-table.ts";

interface Packable {
  readonly item: Item;
  readonly pods: readonly number[];
}

/**
 * Nodes for the pods that no existing node takes, chosen all at once. Pods with rules about other pods are left out: they go
 * where room is left.
 * @param homeless indices of these pods
 */
export function reservations(
  problem: Pick<SchedulingProblem<never>, "rows">,
  { waiting }: Classified,
  homeless: ReadonlySet<number>,
): readonly Reserved[] {
  const table = rowTable(problem.rows);
  const resources = [...new Set(waiting.flatMap(({ spec }) => [...spec.requests.keys()]))].sort();
  const room = roomTable(problem.rows, resources);
  const roomOf = (row: number): Float64Array => room.subarray(row * resources.length, (row + 1) * resources.length);
  const free = waiting.filter((one) => isFree(one));
  const masks = free.map(
    ({ spec }) =>
      [[spec.terms, ...spec.volumes].map(table.terms).reduce(both), table.tolerating(spec.tolerations)] as const,
  );
  const rows = kindRows(problem, roomOf, masks);
  const packable = free.map((one, i): Packable => {
    const pods = one.pods.filter((pod) => homeless.has(pod));
    const [terms, tolerating] = masks[i] ?? [];
    const suits = (kind: number): boolean => {
      const row = rows[kind] ?? -1;
      return terms !== undefined && tolerating !== undefined && has(terms, row) && has(tolerating, row);
    };
    return { item: { requests: vectorOf(one.spec.requests, resources), count: pods.length, suits }, pods };
  });
  const kinds = rows.map(
    (row): Kind => ({ room: roomOf(row), hourlyPriceUsd: problem.rows[row]?.hourlyPriceUsd ?? 0 }),
  );
  const nodes = pack(
    packable.map(({ item }) => item),
    kinds,
  );
  const taken = packable.map(() => 0);
  return nodes.map(({ kind, counts }) => ({
    row: rows[kind] ?? -1,
    pods: counts.flatMap((count, i) => {
      const from = taken[i] ?? 0;
      taken[i] = from + count;
      return packable[i]?.pods.slice(from, from + count) ?? [];
    }),
  }));
}

function isFree({ spec }: PodClass): boolean {
  return spec.spreads.length === 0 && spec.rules.length === 0 && spec.ports.length === 0;
}

/** One row for all that are alike to these pods: the cheapest, the first of equal ones. Rows without a price are no choice. */
function kindRows(
  { rows }: Pick<SchedulingProblem<never>, "rows">,
  roomOf: (row: number) => Float64Array,
  masks: readonly (readonly Mask[])[],
): readonly number[] {
  const best = new Map<string, number>();
  const price = (row: number): number => rows[row]?.hourlyPriceUsd ?? Number.POSITIVE_INFINITY;
  rows.forEach((one, row) => {
    if (one.exists || one.onePod === true || !Number.isFinite(price(row))) return;
    const suited = masks.map((all) => Number(all.every((mask) => has(mask, row)))).join("");
    const name = `${roomOf(row).join()} ${suited}`;
    if (price(row) < price(remembered(best, name, () => row))) best.set(name, row);
  });
  return [...best.values()];
}
