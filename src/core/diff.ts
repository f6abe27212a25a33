import { pointerToken } from "./field-path.ts";
import { isObject } from "./json.ts";

/** One operation of a JSON Patch (RFC 6902). */
export type Operation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/**
 * The JSON Patch that turns `before` into `after`. Members that are undefined count as absent; lists are compared by
 * position where they did not shrink, and grow at their end; anything else is replaced whole.
 */
export function diff(before: unknown, after: unknown, path = ""): readonly Operation[] {
  if (before === after) return [];
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && after.length >= before.length) {
    return after.flatMap((item, i) =>
      i < before.length
        ? diff(before[i], item, `${path}/${i}`)
        : [{ op: "add" as const, path: `${path}/-`, value: item }],
    );
  }
  return [{ op: "replace", path, value: after }];
}

function diffObjects(
  before: { readonly [key: string]: unknown },
  after: { readonly [key: string]: unknown },
  path: string,
): readonly Operation[] {
  const had = (key: string): boolean => Object.hasOwn(before, key) && before[key] !== undefined;
  const has = (key: string): boolean => Object.hasOwn(after, key) && after[key] !== undefined;
  const removed = Object.keys(before).filter((key) => had(key) && !has(key));
  return [
    ...removed.map((key) => ({ op: "remove" as const, path: `${path}/${pointerToken(key)}` })),
    ...Object.keys(after)
      .filter(has)
      .flatMap((key) =>
        had(key)
          ? diff(before[key], after[key], `${path}/${pointerToken(key)}`)
          : [{ op: "add" as const, path: `${path}/${pointerToken(key)}`, value: after[key] }],
      ),
  ];
}
