import type { JsonObject } from "../json.ts";

/**
 * The same function, worked out once for each object. Objects of an imagined cluster are never changed, only replaced, and
 * every look at a Workspace goes through all of them: without this, what is read of them grows with the square of their number.
 */
export function once<T>(read: (object: JsonObject) => T): (object: JsonObject) => T {
  const known = new WeakMap<JsonObject, { readonly value: T }>();
  return (object) => {
    const found = known.get(object);
    if (found !== undefined) return found.value;
    const value = read(object);
    known.set(object, { value });
    return value;
  };
}
