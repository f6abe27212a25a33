import { byCodePoint } from "../../json.ts";
import { CelError, NotJudged } from "./errors.ts";
import { goDouble, goQuoted } from "./go-text.ts";
import { text } from "./libraries/conversions.ts";
import { type CelList, isList, isMap, kindOf, type Value } from "./value.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g;
const PRECISION = 6;
/** cel-go takes no more; JavaScript no more than 100. */
const MOST_DIGITS = 100;

/** string.format() of cel-go's strings library before version 4. */
export function formatted(format: string, values: CelList): string {
  let used = 0;
  const result = format.replace(CLAUSE, (clause, precision?: string, verb?: string) => {
    if (clause === "%%") return "%";
    const value = values[used];
    if (value === undefined) throw new CelError(`index ${used} out of range`);
    used++;
    return clauseOf(verb ?? "", value, precision === undefined ? undefined : Number(precision));
  });
  if (/(?:^|[^%])(?:%%)*%$/.test(format)) throw new CelError("unexpected end of string");
  return result;
}

function clauseOf(verb: string, value: Value, precision: number | undefined): string {
  switch (verb) {
    case "s":
      return asString(value);
    case "d":
      return asDecimal(value);
    case "f":
      return fixed(value, precision ?? PRECISION);
    case "b":
      return inBase(value, 2, verb);
    case "o":
      return inBase(value, 8, verb);
    case "x":
      return inBase(value, 16, verb);
    case "X":
      return inBase(value, 16, verb).toUpperCase();
    case "e":
      throw new NotJudged("%e of format() is not known here");
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function asString(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return list(value);
  if (isMap(value)) return map(value);
  if (kindOf(value) === "type") return (value as { readonly name: string }).name;
  if (OPAQUE.has(kindOf(value))) {
    throw new CelError(
      `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${kindOf(value)}`,
    );
  }
  return text(value);
}

const OPAQUE: ReadonlySet<string> = new Set([
  "optional_type",
  "kubernetes.Quantity",
  "kubernetes.URL",
  "net.IP",
  "net.CIDR",
  "kubernetes.Semver",
  "kubernetes.NamedFormat",
]);

function asDecimal(value: Value): string {
  const kind = kindOf(value);
  if (kind === "int" || kind === "uint") return text(value);
  throw new CelError(`error during formatting: decimal clause can only be used on integers, was given ${kind}`);
}

/** %f with the commas of en_US, which cel-go's printer writes. */
function fixed(value: Value, precision: number): string {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    const kind = kindOf(value);
    if (kind === "double") throw new NotJudged("%f of a number without an end is not known here");
    throw new CelError(`error during formatting: fixed-point clause can only be used on doubles, was given ${kind}`);
  }
  if (precision > MOST_DIGITS || Math.abs(value) >= 1e21) throw new NotJudged("%f of so many digits is not known here");
  const [whole = "", fraction] = rounded(value, precision).split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** JavaScript rounds a number that is exactly half way up, Go to the even digit. */
function rounded(value: number, precision: number): string {
  const scaled = value * 10 ** precision;
  const halfWay = Number.isInteger(value * 2 ** (precision + 1)) && Math.abs(scaled % 1) === 0.5;
  const lower = Math.floor(scaled);
  return (halfWay ? (lower % 2 === 0 ? lower : lower + 1) / 10 ** precision : value).toFixed(precision);
}

function inBase(value: Value, base: 2 | 8 | 16, verb: string): string {
  const number = kindOf(value) === "uint" ? BigInt(text(value)) : value;
  if (typeof number === "bigint") return number.toString(base);
  if (base === 2 && typeof value === "boolean") return value ? "1" : "0";
  if (base === 16 && (typeof value === "string" || value instanceof Uint8Array)) return hex(value);
  throw new CelError(`error during formatting: %${verb} cannot be used on ${kindOf(value)}`);
}

function hex(value: string | Uint8Array): string {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function list(items: CelList): string {
  return `[${items.map(nested).join(", ")}]`;
}

function map(value: ReadonlyMap<Value, Value>): string {
  const pairs = [...value].map(([key, item]) => [nested(key), nested(item)] as const);
  const sorted = pairs.sort(([a], [b]) => byCodePoint(a, b));
  return `{${sorted.map(([key, item]) => `${key}:${item}`).join(", ")}}`;
}

/** Inside a list or a map strings are quoted and doubles have six digits. */
function nested(value: Value): string {
  if (typeof value === "string") return goQuoted(value);
  if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(PRECISION) : `"${goDouble(value)}"`;
  if (value instanceof Uint8Array) return `b${goQuoted(text(value))}`;
  const kind = kindOf(value);
  if (kind === "google.protobuf.Duration") return `duration("${text(value)}")`;
  if (kind === "google.protobuf.Timestamp") return `timestamp("${text(value)}")`;
  return asString(value);
}
