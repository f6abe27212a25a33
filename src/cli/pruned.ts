import { isObject, type JsonObject } from "../core/json.ts";

export interface Pruned {
  readonly value: unknown;
  /** Paths of the unknown fields that were left out. */
  readonly removed: readonly string[];
}

/**
 * What an API server makes of an object before any webhook sees it: unknown fields are dropped, and so are nulls, because no
 * field of ours is nullable. Parts without a schema of their own are kept whole.
 */
export function pruned(value: unknown, schema: JsonObject): Pruned {
  const removed: string[] = [];
  return { value: prune(value, schema, { path: "", removed }), removed };
}

interface Place {
  readonly path: string;
  readonly removed: string[];
}

function prune(value: unknown, schema: JsonObject, place: Place): unknown {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return value;
  const { items, properties, additionalProperties, type } = schema;
  if (Array.isArray(value)) {
    if (!isObject(items)) return value;
    return value.map((item, i) => prune(item, items, { ...place, path: `${place.path}[${i}]` }));
  }
  if (!isObject(value)) return value;
  if (isObject(additionalProperties)) return pruneMembers(value, () => additionalProperties, place);
  if (!isObject(properties) && type !== "object") {
    // Of the wrong type, which is told elsewhere; the API server calls its members unknown all the same.
    place.removed.push(...Object.keys(value).map((key) => `${place.path}.${key}`));
    return value;
  }
  if (!isObject(properties)) return value;
  return pruneMembers(value, (key) => (Object.hasOwn(properties, key) ? properties[key] : undefined), place);
}

function pruneMembers(value: JsonObject, schemaOf: (key: string) => unknown, { path, removed }: Place): JsonObject {
  const kept: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const schema = schemaOf(key);
    const at = path === "" ? key : `${path}.${key}`;
    if (!isObject(schema)) removed.push(at);
    else if (member !== null) kept.push([key, prune(member, schema, { path: at, removed })]);
  }
  // fromEntries defines members, so a field called __proto__ stays a field.
  return Object.fromEntries(kept) as JsonObject;
}
