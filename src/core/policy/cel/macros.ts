import { equal } from "./compare.ts";
import { CelError, noSuchOverload } from "./errors.ts";
import type { Node } from "./parse.ts";
import { attempt, bound, type Context } from "./scope.ts";
import { sortedBy } from "./sorted.ts";
import { isList, isMap, kindOf, type MapKey, none, type Optional, some, type Value } from "./value.ts";

type Macro = (range: Value, args: readonly Node[], context: Context) => Value;

/** What is expanded by its shape: name and number of arguments. */
const MACROS: { readonly [shape: string]: Macro } = {
  "all/2": (range, args, context) => quantified(steps(range, args, context, 1), true),
  "all/3": (range, args, context) => quantified(steps(range, args, context, 2), true),
  "exists/2": (range, args, context) => quantified(steps(range, args, context, 1), false),
  "exists/3": (range, args, context) => quantified(steps(range, args, context, 2), false),
  "exists_one/2": (range, args, context) => exactlyOne(steps(range, args, context, 1)),
  "exists_one/3": (range, args, context) => exactlyOne(steps(range, args, context, 2)),
  "existsOne/3": (range, args, context) => exactlyOne(steps(range, args, context, 2)),
  "map/2": (range, args, context) => steps(range, args, context, 1).map(({ run }) => run(0)),
  "map/3": (range, args, context) => kept(steps(range, args, context, 1)).map(({ run }) => run(1)),
  "filter/2": (range, args, context) => kept(steps(range, args, context, 1)).map(({ item }) => item),
  "transformList/3": (range, args, context) => steps(range, args, context, 2).map(({ run }) => run(0)),
  "transformList/4": (range, args, context) => kept(steps(range, args, context, 2)).map(({ run }) => run(1)),
  "transformMap/3": (range, args, context) =>
    new Map(steps(range, args, context, 2).map(({ key, run }) => [key, run(0)])),
  "transformMap/4": (range, args, context) =>
    new Map(kept(steps(range, args, context, 2)).map(({ key, run }) => [key, run(1)])),
  "transformMapEntry/3": (range, args, context) => entries(steps(range, args, context, 2).map(({ run }) => run(0))),
  "transformMapEntry/4": (range, args, context) =>
    entries(kept(steps(range, args, context, 2)).map(({ run }) => run(1))),
  "sortBy/2": (range, args, context) =>
    sortedBy(
      steps(range, args, context, 1).map(({ item, run }) => ({ item, key: run(0) })),
      (units) => context.meter.charge(units),
    ),
  "optMap/2": (range, args, context) => unwrapped(range, args, context, some),
  "optFlatMap/2": (range, args, context) => unwrapped(range, args, context, (value) => value),
  // No macros in cel-go, but like them they look at their argument only when they need it.
  "or/1": (range, args, context) => alternative(range, args, context, (optional) => optional),
  "orValue/1": (range, args, context) => alternative(range, args, context, (_, value) => value),
};

/** How many names a macro binds; undefined where a call has the shape of none. */
export function boundNames(name: string, count: number): number | undefined {
  if (!Object.hasOwn(MACROS, `${name}/${count}`)) return undefined;
  if (name.startsWith("transform")) return 2;
  if (name.startsWith("or")) return 0;
  return count === 3 && name !== "map" ? 2 : 1;
}

/** The value of a call that is a macro; undefined where it is none. */
export function macro(name: string, receiver: Node, args: readonly Node[], context: Context): Value | undefined {
  const expand = boundNames(name, args.length) === undefined ? undefined : MACROS[`${name}/${args.length}`];
  return expand?.(context.evaluate(receiver, context), args, context);
}

interface Step {
  readonly key: MapKey;
  readonly item: Value;
  /** Evaluates the nth argument after the names. */
  readonly run: (nth: number) => Value;
  readonly attempt: () => Value | CelError;
}

/** One step for each item, its names bound: one name is an item of a list or a key of a map; two are index or key and value. */
function steps(range: Value, args: readonly Node[], context: Context, names: 1 | 2): readonly Step[] {
  const bodies = args.slice(names);
  return pairs(range).map(([key, value]) => {
    const item = names === 1 && isMap(range) ? key : value;
    const inner = (): Context => {
      context.meter.charge(1);
      if (names === 1) return bound(context, nameOf(args[0]), item);
      return bound(bound(context, nameOf(args[0]), key), nameOf(args[1]), value);
    };
    return {
      key,
      item,
      run: (nth) => context.evaluate(body(bodies, nth), inner()),
      attempt: () => attempt(body(bodies, 0), inner()),
    };
  });
}

function body(bodies: readonly Node[], nth: number): Node {
  const found = bodies[nth];
  if (found === undefined) throw noSuchOverload();
  return found;
}

function pairs(range: Value): readonly (readonly [MapKey, Value])[] {
  if (isList(range)) return range.map((item, index) => [BigInt(index), item]);
  if (isMap(range)) return [...range];
  throw new CelError(`got '${goType(range)}', expected iterable type`);
}

export function nameOf(node: Node | undefined): string {
  if (node?.op !== "id") throw new CelError("argument must be a simple name");
  return node.args;
}

/** all() and exists(): one item decides; an error counts only where none does. */
function quantified(items: readonly Step[], holds: boolean): boolean {
  let problem: CelError | undefined;
  for (const step of items) {
    const value = step.attempt();
    if (value === !holds) return !holds;
    if (value !== holds) problem ??= value instanceof CelError ? value : noSuchOverload();
  }
  if (problem !== undefined) throw problem;
  return holds;
}

function exactlyOne(items: readonly Step[]): boolean {
  return kept(items).length === 1;
}

function kept(items: readonly Step[]): readonly Step[] {
  return items.filter(({ run }) => {
    const value = run(0);
    if (typeof value !== "boolean") throw noSuchOverload();
    return value;
  });
}

function entries(maps: readonly Value[]): Value {
  const all = new Map<MapKey, Value>();
  for (const map of maps) {
    if (!isMap(map)) throw noSuchOverload();
    for (const [key, value] of map) {
      const before = all.get(key);
      if (before !== undefined && !equal(before, value)) throw new CelError(`insert failed: key ${key} already exists`);
      all.set(key, value);
    }
  }
  return all;
}

function unwrapped(range: Value, args: readonly Node[], context: Context, wrap: (value: Value) => Value): Value {
  if (kindOf(range) !== "optional_type") throw noSuchOverload();
  const held = (range as Optional).some;
  if (held === undefined) return none;
  return wrap(context.evaluate(body(args, 1), bound(context, nameOf(args[0]), held.value)));
}

function alternative(
  range: Value,
  args: readonly Node[],
  context: Context,
  take: (optional: Optional, value: Value) => Value,
): Value {
  if (kindOf(range) !== "optional_type") throw noSuchOverload();
  const optional = range as Optional;
  return optional.some === undefined ? context.evaluate(body(args, 0), context) : take(optional, optional.some.value);
}

const GO_TYPES: { readonly [kind: string]: string } = {
  null_type: "types.Null",
  bool: "types.Bool",
  int: "types.Int",
  double: "types.Double",
  string: "types.String",
  bytes: "types.Bytes",
  uint: "types.Uint",
  optional_type: "*types.Optional",
};

function goType(value: Value): string {
  return GO_TYPES[kindOf(value)] ?? kindOf(value);
}
