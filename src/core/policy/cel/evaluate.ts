import { arithmetic, negated } from "./arithmetic.ts";
import { equal, mapKey, mustOrder } from "./compare.ts";
import { CelError, noSuchOverload } from "./errors.ts";
import { at, field, has, optionalAt, optionalField } from "./fields.ts";
import { macro } from "./macros.ts";
import { chosen, functionKey, type Overload } from "./overload.ts";
import type { Node } from "./parse.ts";
import { attempt, type Context } from "./scope.ts";
import { mustHave } from "./traits.ts";
import { isType } from "./type-names.ts";
import { type CelMap, isList, isMap, kindOf, type MapKey, type Value } from "./value.ts";

/** The value of an expression, or a CelError thrown where it has none, or NotJudged where this engine cannot say. */
export function evaluate(node: Node, context: Context): Value {
  context.meter.charge(1);
  switch (node.op) {
    case "value":
      return literal(node.args);
    case "id":
      return named(node.args, context);
    case ".":
      return field(evaluate(node.args[0], context), node.args[1]);
    case ".?":
      return optionalField(evaluate(node.args[0], context), node.args[1]);
    case "[]":
      return at(evaluate(node.args[0], context), evaluate(node.args[1], context));
    case "[?]":
      return optionalAt(evaluate(node.args[0], context), evaluate(node.args[1], context));
    case "call":
      return called(node.args[0], false, node.args[1], context);
    case "rcall":
      return calledOn(node.args[0], node.args[1], node.args[2], context);
    case "list":
      return node.args.map((item) => evaluate(item, context));
    case "map":
      return mapOf(node.args, context);
    case "?:":
      return evaluate(node.args[bool(evaluate(node.args[0], context)) ? 1 : 2], context);
    case "||":
      return either(node.args, true, context);
    case "&&":
      return either(node.args, false, context);
    case "!_":
      return !bool(evaluate(node.args, context));
    case "-_":
      return negative(node.args, context);
    default:
      return binary(node.op, evaluate(node.args[0], context), evaluate(node.args[1], context), context);
  }
}

type Literal = Extract<Node, { readonly op: "value" }>["args"];

function literal(value: Literal): Value {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    // 9223372036854775808 is only half of a number: the minus before it makes it one.
    if (typeof value === "bigint" && value > LARGEST_INT) throw noSuchOverload();
    return value;
  }
  return { kind: "uint", value: BigInt(String(value.valueOf())) };
}

const LARGEST_INT = (1n << 63n) - 1n;

function negative(node: Node, context: Context): Value {
  if (node.op === "value" && node.args === LARGEST_INT + 1n) return -(LARGEST_INT + 1n);
  return negated(evaluate(node, context));
}

function named(name: string, { scope }: Context): Value {
  const value = scope.lookup(name);
  if (value !== undefined) return value;
  if (isType(name)) return { kind: "type", name };
  throw new CelError(`no such attribute(s): ${name}`);
}

function bool(value: Value): boolean {
  if (typeof value === "boolean") return value;
  throw noSuchOverload();
}

/** `||` (absorbing true) and `&&` (absorbing false): the absorbing side decides even where the other has no value. */
function either([left, right]: readonly [Node, Node], absorbing: boolean, context: Context): boolean {
  const first = attempt(left, context);
  if (first === absorbing) return absorbing;
  const second = attempt(right, context);
  if (second === absorbing) return absorbing;
  if (first instanceof CelError) throw first;
  if (typeof first !== "boolean") throw noSuchOverload();
  if (second instanceof CelError) throw second;
  if (typeof second !== "boolean") throw noSuchOverload();
  return !absorbing;
}

function mapOf(entries: readonly (readonly [Node, Node])[], context: Context): CelMap {
  const map = new Map<MapKey, Value>();
  for (const [keyNode, valueNode] of entries) {
    const key = mapKey(evaluate(keyNode, context));
    if (key === undefined) throw new CelError("unsupported key type");
    map.set(key, evaluate(valueNode, context));
  }
  return map;
}

function binary(operator: string, a: Value, b: Value, { meter }: Context): Value {
  mustHave(operator, a);
  switch (operator) {
    case "==":
    case "!=":
      meter.charge(sizeOf(a) / 10);
      return equal(a, b) === (operator === "==");
    case "<":
      return mustOrder(a, b) < 0;
    case "<=":
      return mustOrder(a, b) <= 0;
    case ">":
      return mustOrder(a, b) > 0;
    case ">=":
      return mustOrder(a, b) >= 0;
    case "in":
      return contains(a, b, (units) => meter.charge(units));
    default:
      meter.charge((sizeOf(a) + sizeOf(b)) / 10);
      return arithmetic(operator, a, b);
  }
}

function sizeOf(value: Value): number {
  if (typeof value === "string" || value instanceof Uint8Array) return value.length;
  if (isList(value)) return value.reduce((sum: number, item) => sum + 1 + sizeOf(item), 0);
  if (!isMap(value)) return 1;
  let size = 0;
  for (const item of value.values()) size += 1 + sizeOf(item);
  return size;
}

function contains(item: Value, whole: Value, charge: (units: number) => void): boolean {
  if (isMap(whole)) {
    const key = mapKey(item);
    return key !== undefined && whole.has(key);
  }
  if (!isList(whole)) throw noSuchOverload();
  charge(whole.length);
  return whole.some((one) => equal(item, one));
}

/** `a.f(…)`: a macro, a function of a namespace such as optional.of, or a function on a value. */
function calledOn(name: string, receiver: Node, args: readonly Node[], context: Context): Value {
  const expanded = macro(name, receiver, args, context);
  if (expanded !== undefined) return expanded;
  if (receiver.op === "id" && context.functions.has(functionKey(`${receiver.args}.${name}`, false, args.length))) {
    return called(`${receiver.args}.${name}`, false, args, context);
  }
  return called(name, true, [receiver, ...args], context);
}

function called(name: string, isMethod: boolean, args: readonly Node[], context: Context): Value {
  if (name === "has" && !isMethod && args[0] !== undefined) return present(args[0], context);
  const overloads: readonly Overload[] | undefined = context.functions.get(functionKey(name, isMethod, args.length));
  if (overloads === undefined) throw noSuchOverload(name);
  const values = args.map((arg) => evaluate(arg, context));
  const overload = chosen(overloads, values);
  if (overload === undefined) throw noSuchOverload(operationOf(name, values));
  context.meter.charge(values.reduce<number>((sum, value) => sum + sizeOf(value), 0) / 10);
  return overload.call(values, context.meter);
}

/** Functions of the language itself whose error does not say what they were called with. */
const UNNAMED = ["contains", "startsWith", "endsWith"];
/** Those that name themselves where the first value is of a kind without functions of its own. */
const NAMED = ["matches", "size"];
const WITH_FUNCTIONS = ["string", "google.protobuf.Duration", "google.protobuf.Timestamp"];

/** What cel-go names in the error of a call that fits no overload. */
function operationOf(name: string, values: readonly Value[]): string | undefined {
  if (UNNAMED.includes(name)) return undefined;
  if (NAMED.includes(name)) return WITH_FUNCTIONS.includes(kindOf(values[0] ?? null)) ? undefined : name;
  return `${name}(${values.map(kindOf).join(", ")})`;
}

/** has(e.f) */
function present(node: Node, context: Context): boolean {
  if (node.op !== ".") throw new CelError("invalid argument to has() macro");
  return has(evaluate(node.args[0], context), node.args[1]);
}
