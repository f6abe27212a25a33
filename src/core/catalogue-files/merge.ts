import { isObject, type JsonObject, sameJson } from "../json.ts";

/** Maps are merged key by key, everything else of `over` replaces what `base` has. */
export function mergedOver(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    merged[key] = isObject(below) && isObject(value) ? mergedOver(below, value) : value;
  }
  return merged;
}

/** Field paths at which two objects state different values, where neither could say which of them holds. */
export function contradictions(one: JsonObject, other: JsonObject, at = ""): readonly string[] {
  return Object.entries(other).flatMap(([key, value]) => {
    const here = Object.hasOwn(one, key) ? one[key] : undefined;
    const path = at === "" ? key : `${at}.${key}`;
    if (here === undefined || sameJson(here, value)) return [];
    return isObject(here) && isObject(value) ? contradictions(here, value, path) : [path];
  });
}
