import { isObject, type Json } from "../../json.ts";
import type { Decimal } from "./decimal.ts";

/** A value of CEL. int is bigint, double is number. Strings are compared and counted by code points, as Go counts runes. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelList
  | CelMap
  | Uint
  | Optional
  | Timestamp
  | Duration
  | TypeValue
  | Quantity
  | UrlValue
  | Ip
  | Cidr
  | Semver
  | Format;

export type CelList = readonly Value[];
/** Keys are string, int or bool; other numbers are looked up as the int they equal. */
export type CelMap = ReadonlyMap<MapKey, Value>;
export type MapKey = string | bigint | boolean;

export interface Uint {
  readonly kind: "uint";
  readonly value: bigint;
}
export interface Optional {
  readonly kind: "optional_type";
  /** Absent: none. */
  readonly some?: { readonly value: Value };
}
export interface Timestamp {
  readonly kind: "google.protobuf.Timestamp";
  /** Nanoseconds since 1970 in UTC. */
  readonly nanos: bigint;
}
export interface Duration {
  readonly kind: "google.protobuf.Duration";
  readonly nanos: bigint;
}
export interface TypeValue {
  readonly kind: "type";
  readonly name: string;
}
export interface Quantity extends Decimal {
  readonly kind: "kubernetes.Quantity";
}
export interface UrlValue {
  readonly kind: "kubernetes.URL";
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly text: string;
}
export interface Ip {
  readonly kind: "net.IP";
  readonly family: 4 | 6;
  readonly bits: bigint;
}
export interface Cidr {
  readonly kind: "net.CIDR";
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}
export interface Semver {
  readonly kind: "kubernetes.Semver";
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly before: readonly (bigint | string)[];
}
export interface Format {
  readonly kind: "kubernetes.NamedFormat";
  readonly name: string;
  readonly validate: (text: string) => readonly string[];
}

/** What each name of a type in an overload stands for. */
export interface Kinds {
  readonly null_type: null;
  readonly bool: boolean;
  readonly int: bigint;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly list: CelList;
  readonly map: CelMap;
  readonly uint: Uint;
  readonly optional_type: Optional;
  readonly "google.protobuf.Timestamp": Timestamp;
  readonly "google.protobuf.Duration": Duration;
  readonly type: TypeValue;
  readonly "kubernetes.Quantity": Quantity;
  readonly "kubernetes.URL": UrlValue;
  readonly "net.IP": Ip;
  readonly "net.CIDR": Cidr;
  readonly "kubernetes.Semver": Semver;
  readonly "kubernetes.NamedFormat": Format;
  readonly dyn: Value;
}
export type Kind = keyof Kinds;

export const none: Optional = { kind: "optional_type" };
export const some = (value: Value): Optional => ({ kind: "optional_type", some: { value } });

export function isList(value: Value): value is CelList {
  return Array.isArray(value);
}

export function isMap(value: Value): value is CelMap {
  return value instanceof Map;
}

/** The type as type() and format() name it. */
export function kindOf(value: Value): Exclude<Kind, "dyn"> {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
    default:
      if (value === null) return "null_type";
      if (value instanceof Uint8Array) return "bytes";
      if (isList(value)) return "list";
      if (isMap(value)) return "map";
      return value.kind;
  }
}

/**
 * JSON as the API server's untyped objects hold it: a number without fraction is an int whatever its field's type
 * (`weightsGiB: 3` is read back from JSON as an integer; measured), any other a double.
 */
export function fromJson(json: Json | undefined): Value {
  if (json === undefined) return null;
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (!isObject(json)) return json as null | boolean | string;
  const entries = Object.entries(json).filter(([, member]) => member !== undefined);
  return new Map(entries.map(([key, member]) => [key, fromJson(member)]));
}
