import { CelError, noSuchOverload } from "./errors.ts";
import { type Duration, isList, kindOf, type Timestamp, type Uint, type Value } from "./value.ts";

const LARGEST_INT = (1n << 63n) - 1n;
const SMALLEST_INT = -(1n << 63n);
const LARGEST_UINT = (1n << 64n) - 1n;

/** `+ - * / %` of two values of one type; CEL converts nothing by itself. */
export function arithmetic(operator: string, a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return inInt(whole(operator, a, b));
  if (typeof a === "number" && typeof b === "number") return floating(operator, a, b);
  const joined = operator === "+" ? concatenated(a, b) : undefined;
  if (joined !== undefined) return joined;
  const [left, right] = [opaque(a), opaque(b)];
  if (left?.kind === "uint" && right?.kind === "uint") return inUint(whole(operator, left.value, right.value));
  return times(operator, left, right);
}

function concatenated(a: Value, b: Value): Value | undefined {
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (isList(a) && isList(b)) return [...a, ...b];
  return a instanceof Uint8Array && b instanceof Uint8Array ? Uint8Array.from([...a, ...b]) : undefined;
}

export function negated(value: Value): Value {
  if (typeof value === "bigint") return inInt(-value);
  if (typeof value === "number") return -value;
  const duration = opaque(value);
  if (duration?.kind === "google.protobuf.Duration") return { ...duration, nanos: -duration.nanos };
  throw noSuchOverload();
}

type Opaque = Uint | Timestamp | Duration;

function opaque(value: Value): Opaque | undefined {
  switch (kindOf(value)) {
    case "uint":
    case "google.protobuf.Timestamp":
    case "google.protobuf.Duration":
      return value as Opaque;
    default:
      return undefined;
  }
}

function whole(operator: string, a: bigint, b: bigint): bigint {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (b === 0n) throw new CelError(operator === "/" ? "division by zero" : "modulus by zero");
  return operator === "/" ? a / b : a % b;
}

function inInt(value: bigint): bigint {
  if (value > LARGEST_INT || value < SMALLEST_INT) throw new CelError("integer overflow");
  return value;
}

function inUint(value: bigint): Uint {
  if (value > LARGEST_UINT || value < 0n) throw new CelError("unsigned integer overflow");
  return { kind: "uint", value };
}

function floating(operator: string, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  if (operator === "/") return a / b;
  throw noSuchOverload();
}

function times(operator: string, a: Opaque | undefined, b: Opaque | undefined): Value {
  if (a === undefined || b === undefined || a.kind === "uint" || b.kind === "uint") throw noSuchOverload();
  const sign = operator === "+" ? 1n : operator === "-" ? -1n : undefined;
  if (sign === undefined) throw noSuchOverload();
  const nanos = a.nanos + sign * b.nanos;
  const [left, right] = [a.kind === "google.protobuf.Timestamp", b.kind === "google.protobuf.Timestamp"];
  if (left && right) {
    if (operator === "+") throw noSuchOverload();
    return { kind: "google.protobuf.Duration", nanos };
  }
  if (right && operator === "-") throw noSuchOverload();
  return { kind: left || right ? "google.protobuf.Timestamp" : "google.protobuf.Duration", nanos };
}
