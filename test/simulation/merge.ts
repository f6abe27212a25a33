import { isObject, type JsonObject, sameJson } from "../../src/core/json.ts";

/** RFC 7386. */
export function mergePatched(target: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, JsonObject[string]> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = mergePatched(isObject(result[key]) ? result[key] : {}, value);
    else if (value !== undefined) result[key] = value;
  }
  return result;
}

/**
 * Server-side apply: what its manager applied before and does not any more goes, unless others apply it, too; the rest is
 * merged. Lists are taken whole, conditions by their type.
 * @param others what the other managers applied last
 */
export function applied(
  live: JsonObject,
  before: JsonObject,
  after: JsonObject,
  others: readonly JsonObject[] = [],
): JsonObject {
  const result: Record<string, JsonObject[string]> = { ...live };
  const below = (key: string): readonly JsonObject[] => others.map((one) => objectIn(one, key));
  for (const [key, value] of Object.entries(before)) {
    if (Object.hasOwn(after, key)) continue;
    if (isObject(value) && isObject(result[key])) {
      const left = applied(result[key], value, {}, below(key));
      if (Object.keys(left).length === 0) delete result[key];
      else result[key] = left;
    } else if (!others.some((one) => Object.hasOwn(one, key))) delete result[key];
  }
  for (const [key, value] of Object.entries(after)) {
    if (isObject(value)) result[key] = applied(objectIn(result, key), objectIn(before, key), value, below(key));
    else if (key === "conditions" && Array.isArray(value)) result[key] = conditions(result[key], before[key], value);
    else if (value !== undefined) result[key] = value;
  }
  return result;
}

function objectIn(object: JsonObject, key: string): JsonObject {
  const found = object[key];
  return isObject(found) ? found : {};
}

/** Whether an apply without force meets something that differs and is not its own. */
export function conflicts(live: JsonObject, before: JsonObject, after: JsonObject): boolean {
  return Object.entries(after).some(([key, value]) => {
    const there = live[key];
    if (there === undefined || sameJson(there, value)) return false;
    if (isObject(value) && isObject(there)) return conflicts(there, isObject(before[key]) ? before[key] : {}, value);
    return !Object.hasOwn(before, key);
  });
}

function conditions(live: unknown, before: unknown, after: readonly unknown[]): JsonObject[string] {
  const typed = (list: unknown): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : []);
  const [ours, previous] = [typed(after), typed(before)];
  const has = (list: readonly JsonObject[], type: unknown) => list.some((one) => one["type"] === type);
  const kept = typed(live).filter(({ type }) => !has(ours, type) && !has(previous, type));
  return [...kept, ...ours];
}
