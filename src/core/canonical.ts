import { byCodePoint, isObject } from "./json.ts";

/**
 * The form an expansion is stored in: keys sorted, and members that are undefined, null, "", [] or {} absent. Inside
 * `verbatim` members (Kubernetes means something by `emptyDir: {}`, and a user's template stays as stated) only
 * undefined is dropped.
 */
export function compact(value: unknown, verbatim: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => compact(item, verbatim));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(byCodePoint)) {
    const member = value[key];
    if (member === undefined) continue;
    if (verbatim.includes(key)) Object.defineProperty(result, key, plain(sorted(member)));
    else {
      const kept = compact(member, verbatim);
      if (!isEmpty(kept)) Object.defineProperty(result, key, plain(kept));
    }
  }
  return result;
}

/** Keys sorted and undefined dropped, everything else kept. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(byCodePoint)) {
    if (value[key] !== undefined) Object.defineProperty(result, key, plain(sorted(value[key])));
  }
  return result;
}

// Defined rather than assigned: assigning to "__proto__" would change the prototype instead of adding a member.
function plain(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
