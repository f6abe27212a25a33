import { order } from "./compare.ts";
import { CelError } from "./errors.ts";
import { kindOf, type Value } from "./value.ts";

interface Keyed {
  readonly item: Value;
  readonly key: Value;
}

/** The items in the order of their keys, which must be of one type that has an order. */
export function sortedBy(items: readonly Keyed[], charge: (units: number) => void): readonly Value[] {
  const kind = kindOf(items[0]?.key ?? null);
  if (items.some(({ key }) => kindOf(key) !== kind)) throw new CelError("list elements must have the same type");
  charge(items.length * Math.ceil(Math.log2(items.length + 1)));
  const comparable = items.every(({ key }) => order(key, key) !== undefined);
  if (items.length > 0 && !comparable) throw new CelError("list elements must be comparable");
  return [...items].sort((a, b) => order(a.key, b.key) ?? 0).map(({ item }) => item);
}
