import { byCodePoint } from "../../json.ts";
import { CelError, noSuchOverload } from "./errors.ts";
import { type CelMap, isList, isMap, kindOf, type MapKey, type Value } from "./value.ts";

type Numeric = bigint | number;

/** The number in a value of int, uint or double. JavaScript compares bigint and number by mathematical value, as CEL does. */
export function numeric(value: Value): Numeric | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "uint"
    ? value.value
    : undefined;
}

/** `==`: values of different types are unequal, numbers of different types equal by value. */
export function equal(a: Value, b: Value): boolean {
  const [left, right] = [numeric(a), numeric(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: bigint and number by value
  if (left !== undefined && right !== undefined) return left == right;
  if (kindOf(a) !== kindOf(b)) return false;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null));
  if (isMap(a) && isMap(b)) return sameMap(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return order(a, b) === 0;
  return typeof a === "object" && a !== null ? sameOpaque(a as Opaque, b as Opaque) : a === b;
}

type Opaque = Extract<Value, { readonly kind: string }>;

function sameMap(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}

/** What two values of one kind have to have in common; what is not here has an order. */
const IDENTITIES: { readonly [kind: string]: readonly string[] } = {
  "kubernetes.URL": ["text"],
  type: ["name"],
  "net.IP": ["family", "bits"],
  "net.CIDR": ["family", "bits", "prefix"],
  "kubernetes.NamedFormat": ["name"],
};

function sameOpaque(a: Opaque, b: Opaque): boolean {
  if (a.kind === "optional_type" && b.kind === "optional_type") {
    if (a.some === undefined || b.some === undefined) return a.some === b.some;
    return equal(a.some.value, b.some.value);
  }
  const members = IDENTITIES[a.kind] as readonly (keyof Opaque)[] | undefined;
  return members === undefined ? order(a, b) === 0 : members.every((member) => a[member] === b[member]);
}

/** Negative, 0 or positive; undefined where the types have no order together. */
export function order(a: Value, b: Value): number | undefined {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return orderNumbers(left, right);
  if (typeof a === "string" && typeof b === "string") return byCodePoint(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return orderBytes(a, b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return undefined;
  if ("nanos" in a && "nanos" in b && a.kind === b.kind) return orderNumbers(a.nanos, b.nanos);
  if ("numbers" in a && "numbers" in b) return orderVersions(a, b);
  return undefined;
}

function orderNumbers(a: Numeric, b: Numeric): number {
  if (Number.isNaN(a) || Number.isNaN(b)) throw new CelError("NaN values cannot be ordered");
  return a < b ? -1 : a > b ? 1 : 0;
}

function orderBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
}

interface Version {
  readonly numbers: readonly bigint[];
  readonly before: readonly (bigint | string)[];
}

function orderVersions(a: Version, b: Version): number {
  const at = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
  if (at >= 0) return orderNumbers(a.numbers[at] ?? 0n, b.numbers[at] ?? 0n);
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  for (let i = 0; i < Math.min(a.before.length, b.before.length); i++) {
    const part = orderParts(a.before[i] ?? "", b.before[i] ?? "");
    if (part !== 0) return part;
  }
  return a.before.length - b.before.length;
}

function orderParts(a: bigint | string, b: bigint | string): number {
  if (typeof a === "bigint") return typeof b === "bigint" ? orderNumbers(a, b) : -1;
  return typeof b === "bigint" ? 1 : byCodePoint(a, b);
}

/** Order of two values for `<` and its kind. */
export function mustOrder(a: Value, b: Value): number {
  const result = order(a, b);
  if (result === undefined || isOpaqueWithoutOrder(a)) throw noSuchOverload();
  return result;
}

/** Quantities and versions are compared by their own functions only. */
function isOpaqueWithoutOrder(value: Value): boolean {
  const kind = kindOf(value);
  return kind === "kubernetes.Quantity" || kind === "kubernetes.Semver";
}

/** The key a map is asked for; undefined where no map has such a key. */
export function mapKey(value: Value): MapKey | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  const number = numeric(value);
  if (number === undefined) return undefined;
  return typeof number === "bigint" ? number : Number.isInteger(number) ? BigInt(number) : undefined;
}
