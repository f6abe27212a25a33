import { isObject, type JsonObject } from "../json.ts";

/** Reading raw objects: what is absent or of another type is absent, never an exception. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = at(value, path);
  return isObject(found) ? found : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
}

/** The objects of a list; other items are left out. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
}

/** A map of texts, such as labels. */
export function textMapAt(value: unknown, ...path: readonly string[]): ReadonlyMap<string, string> {
  const entries = Object.entries(objectAt(value, ...path));
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Milliseconds since 1970 of an RFC 3339 time. */
export function timeAt(value: unknown, ...path: readonly string[]): number | undefined {
  const text = textAt(value, ...path);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

export function conditionAt(value: unknown, type: string): JsonObject | undefined {
  return objectsAt(value, "status", "conditions").find((condition) => condition["type"] === type);
}

export function isTrue(condition: JsonObject | undefined): boolean {
  return condition?.["status"] === "True";
}

/** Since when a condition is True; undefined where it is not. */
export function trueSinceMs(value: unknown, type: string): number | undefined {
  const condition = conditionAt(value, type);
  return isTrue(condition) ? timeAt(condition, "lastTransitionTime") : undefined;
}

export function nameOf(object: unknown): string {
  return textAt(object, "metadata", "name") ?? "";
}

export function namespaceOf(object: unknown): string {
  return textAt(object, "metadata", "namespace") ?? "";
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}
