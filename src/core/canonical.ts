import { isObject, sortedKeys } from "./json.ts";

const done = new WeakSet<object>();

/** Marks what is in its stored form already, and frozen for good: `compact` and `sorted` give it back as it is. */
export function finished<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) finished(member);
  done.add(value);
  return Object.freeze(value);
}

/**
 * The form an expansion is stored in: keys sorted, and members that are undefined, null, "", [] or {} absent. Inside
 * `verbatim` members (Kubernetes means something by `emptyDir: {}`, and what a user states stays as stated) only
 * undefined is dropped.
 */
export function compact(value: unknown, verbatim: readonly string[] = []): unknown {
  if (typeof value !== "object" || value === null || done.has(value)) return value;
  if (Array.isArray(value)) return value.map((item) => compact(item, verbatim));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of sortedKeys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    if (verbatim.includes(key)) put(result, key, sorted(member));
    else {
      const kept = compact(member, verbatim);
      if (!isEmpty(kept)) put(result, key, kept);
    }
  }
  return result;
}

/** Keys sorted and undefined dropped, everything else kept. */
export function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || done.has(value)) return value;
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of sortedKeys(value)) {
    if (value[key] !== undefined) put(result, key, sorted(value[key]));
  }
  return result;
}

/** The members of an object of ours that `compact` would keep, of which each is in its stored form and place already. */
export function present(value: { readonly [key: string]: unknown }): unknown {
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const member = value[key];
    if (member !== undefined && !isEmpty(member)) result[key] = member;
  }
  return result;
}

/** Assigning to "__proto__" would change the prototype instead of adding a member. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
