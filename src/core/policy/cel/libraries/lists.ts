import { arithmetic } from "../arithmetic.ts";
import { equal, mustOrder } from "../compare.ts";
import { CelError } from "../errors.ts";
import { fn, type Meter, method, type Overload } from "../overload.ts";
import { sortedBy } from "../sorted.ts";
import { type CelList, isList, type Value } from "../value.ts";

function extreme(list: CelList, name: "min" | "max"): Value {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelError(`${name} called on empty list`);
  return rest.reduce((best, item) => (mustOrder(best, item) * (name === "min" ? 1 : -1) > 0 ? item : best), first);
}

/** The API server takes the zero of an empty list from the static type; what is not known statically is an int. */
function sum(list: CelList): Value {
  const [first, ...rest] = list;
  return first === undefined ? 0n : rest.reduce((total, item) => arithmetic("+", total, item), first);
}

function isSorted(list: CelList): boolean {
  return list.every((item, i) => i === 0 || mustOrder(list[i - 1] ?? null, item) <= 0);
}

function slice(list: CelList, start: bigint, end: bigint): CelList {
  const problem = (why: string): CelError => new CelError(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0n || end < 0n) throw problem("negative indexes not supported");
  if (start > end) throw problem("start index must be less than or equal to end index");
  if (end > BigInt(list.length)) throw problem(`list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: CelList, depth: bigint): CelList {
  if (depth < 0n) throw new CelError("level must be non-negative");
  if (depth === 0n) return list;
  return list.flatMap((item) => (isList(item) ? flatten(item, depth - 1n) : [item]));
}

function distinct(list: CelList, meter: Meter): CelList {
  const kept: Value[] = [];
  for (const item of list) {
    meter.charge(kept.length);
    if (!kept.some((other) => equal(item, other))) kept.push(item);
  }
  return kept;
}

function range(count: bigint, meter: Meter): CelList {
  meter.charge(Number(count));
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
}

const known = (list: CelList, item: Value): bigint => BigInt(list.findIndex((one) => equal(one, item)));
const knownLast = (list: CelList, item: Value): bigint => BigInt(list.findLastIndex((one) => equal(one, item)));

/** Lists and maps of the language, of Kubernetes' and of cel-go's list libraries (version 3). */
export const lists: readonly Overload[] = [
  fn("size", ["list"], ([list]) => BigInt(list.length)),
  method("size", ["list"], ([list]) => BigInt(list.length)),
  fn("size", ["map"], ([map]) => BigInt(map.size)),
  method("size", ["map"], ([map]) => BigInt(map.size)),
  fn("size", ["bytes"], ([bytes]) => BigInt(bytes.length)),
  method("size", ["bytes"], ([bytes]) => BigInt(bytes.length)),
  method("min", ["list"], ([list]) => extreme(list, "min")),
  method("max", ["list"], ([list]) => extreme(list, "max")),
  method("sum", ["list"], ([list]) => sum(list)),
  method("isSorted", ["list"], ([list]) => isSorted(list)),
  method("indexOf", ["list", "dyn"], ([list, item]) => known(list, item)),
  method("lastIndexOf", ["list", "dyn"], ([list, item]) => knownLast(list, item)),
  method("slice", ["list", "int", "int"], ([list, start, end]) => slice(list, start, end)),
  method("flatten", ["list"], ([list]) => flatten(list, 1n)),
  method("flatten", ["list", "int"], ([list, depth]) => flatten(list, depth)),
  method("sort", ["list"], ([list], meter) =>
    sortedBy(
      list.map((item) => ({ item, key: item })),
      (units) => meter.charge(units),
    ),
  ),
  method("reverse", ["list"], ([list]) => list.toReversed()),
  method("distinct", ["list"], ([list], meter) => distinct(list, meter)),
  fn("lists.range", ["int"], ([count], meter) => range(count, meter)),
];
