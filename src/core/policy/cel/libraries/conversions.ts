import { addressText } from "../addresses.ts";
import { numeric } from "../compare.ts";
import { CelError, noSuchOverload } from "../errors.ts";
import { goDouble } from "../go-text.ts";
import { fn, type Overload } from "../overload.ts";
import { durationText, parseDuration, parseTimestamp, timestampText } from "../time-text.ts";
import { kindOf, type Value } from "../value.ts";

const LARGEST_INT = (1n << 63n) - 1n;
const LARGEST_UINT = (1n << 64n) - 1n;
const NANOS_PER_SECOND = 1_000_000_000n;

const badConversion = (from: string, to: string): CelError =>
  new CelError(`type conversion error from '${from}' to '${to}'`);

function toInt(value: bigint): bigint {
  if (value > LARGEST_INT || value < -LARGEST_INT - 1n) throw new CelError("integer overflow");
  return value;
}

function toUint(value: bigint): Value {
  if (value > LARGEST_UINT || value < 0n) throw new CelError("unsigned integer overflow");
  return { kind: "uint", value };
}

function truncated(value: number, problem: string): bigint {
  if (!Number.isFinite(value)) throw new CelError(problem);
  return BigInt(Math.trunc(value));
}

/** strconv.ParseInt and ParseUint of base 10. */
function parseWhole(text: string, pattern: RegExp, to: string): bigint {
  if (!pattern.test(text)) throw badConversion("string", to);
  const value = BigInt(text.replace(/^\+/, ""));
  const fits = to === "int" ? value <= LARGEST_INT && value >= -LARGEST_INT - 1n : value <= LARGEST_UINT;
  if (!fits) throw badConversion("string", to);
  return value;
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

function parseFloatText(text: string): number {
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!FLOAT.test(text) || !Number.isFinite(Number(text))) throw badConversion("string", "double");
  return Number(text);
}

const TRUE = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE = ["0", "f", "F", "false", "FALSE", "False"];

function parseBool(text: string): boolean {
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw badConversion("string", "bool");
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

/** The type conversions of the language itself, and size(). */
export const conversions: readonly Overload[] = [
  fn("dyn", ["dyn"], ([value]) => value),
  fn("type", ["dyn"], ([value]) => ({ kind: "type", name: kindOf(value) })),
  fn("bool", ["bool"], ([value]) => value),
  fn("bool", ["string"], ([text]) => parseBool(text)),
  fn("int", ["int"], ([value]) => value),
  fn("int", ["uint"], ([{ value }]) => toInt(value)),
  fn("int", ["double"], ([value]) => toInt(truncated(value, "integer overflow"))),
  fn("int", ["string"], ([text]) => parseWhole(text, /^[+-]?\d+$/, "int")),
  fn("int", ["google.protobuf.Timestamp"], ([{ nanos }]) => nanos / NANOS_PER_SECOND),
  fn("uint", ["uint"], ([value]) => value),
  fn("uint", ["int"], ([value]) => toUint(value)),
  fn("uint", ["double"], ([value]) => toUint(truncated(value, "unsigned integer overflow"))),
  fn("uint", ["string"], ([text]) => toUint(parseWhole(text, /^\d+$/, "uint"))),
  fn("double", ["double"], ([value]) => value),
  fn("double", ["int"], ([value]) => Number(value)),
  fn("double", ["uint"], ([{ value }]) => Number(value)),
  fn("double", ["string"], ([text]) => parseFloatText(text)),
  fn("string", ["dyn"], ([value]) => text(value)),
  fn("bytes", ["bytes"], ([value]) => value),
  fn("bytes", ["string"], ([value]) => new TextEncoder().encode(value)),
  fn("timestamp", ["google.protobuf.Timestamp"], ([value]) => value),
  fn("timestamp", ["string"], ([value]) => parseTimestamp(value) ?? fail("string", "google.protobuf.Timestamp")),
  fn("timestamp", ["int"], ([value]) => ({ kind: "google.protobuf.Timestamp", nanos: value * NANOS_PER_SECOND })),
  fn("duration", ["google.protobuf.Duration"], ([value]) => value),
  fn("duration", ["string"], ([value]) => parseDuration(value) ?? fail("string", "google.protobuf.Duration")),
];

function fail(from: string, to: string): never {
  throw badConversion(from, to);
}

/** string(value): what has no text of its own is a call with no overload. */
export function text(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return goDouble(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return utf8(value);
  return String(numeric(value) ?? textOfOpaque(value) ?? missing(value));
}

function missing(value: Value): never {
  throw noSuchOverload(`string(${kindOf(value)})`);
}

function textOfOpaque(value: Value): string | undefined {
  if (value === null || typeof value !== "object" || !("kind" in value)) return undefined;
  switch (value.kind) {
    case "google.protobuf.Duration":
      return durationText(value);
    case "google.protobuf.Timestamp":
      return timestampText(value);
    case "net.IP":
      return addressText(value.family, value.bits);
    case "net.CIDR":
      return `${addressText(value.family, value.bits)}/${value.prefix}`;
    default:
      return undefined;
  }
}
