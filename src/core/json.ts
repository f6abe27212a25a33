import { hash } from "node:crypto";

/** A JSON value as it came off the wire. Objects stay raw end to end, so an unknown field is never dropped. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Canonical JSON: keys sorted by their UTF-8 bytes at every level, no white space, members that are `undefined` absent.
 * Written by hand because JavaScript objects move keys such as "10" to the front whatever order they are built in.
 */
export function canonicalJson(value: unknown): string {
  // JSON.stringify keeps the order it finds, and an API server sends keys in order.
  return isOrdered(value) ? JSON.stringify(value) : rebuilt(value);
}

function isOrdered(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  let previous = "";
  for (const key in value) {
    if (byCodePoint(previous, key) > 0 || !isOrdered((value as JsonObject)[key])) return false;
    previous = key;
  }
  return true;
}

function rebuilt(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => rebuilt(item ?? null)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  let members = "";
  for (const key of sortedKeys(value)) {
    const member = value[key];
    if (member !== undefined) members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${rebuilt(member)}`;
  }
  return `{${members}}`;
}

/** Own keys in the order of their UTF-8 bytes. Most objects are in order already, and telling that is cheaper than sorting. */
export function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    if (byCodePoint(keys[i - 1] ?? "", keys[i] ?? "") > 0) return keys.sort(byCodePoint);
  }
  return keys;
}

/**
 * Order of code points, which is the order of UTF-8 bytes. The default order compares UTF-16 units and puts surrogates
 * (code points above U+FFFF) before U+E000 to U+FFFF; both ranges are moved so that the units compare like code points.
 */
export function byCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return left < 0xd800 || right < 0xd800 ? left - right : rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Equality of two JSON values whatever the order of their keys; absent and `undefined` are the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

export function sha256Hex(text: string): string {
  return hash("sha256", text);
}
