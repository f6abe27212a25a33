import type { JsonObject } from "../../src/core/json.ts";

type Matches = (object: JsonObject) => boolean;

/** `a=b`, `a!=b` and `a`, joined by commas: all that the reconciler asks with. Throws on anything else. */
export function labelSelector(text: string | undefined): Matches {
  const tests = parts(text).map((part) => {
    const [, key = "", operator, value = ""] = /^([^=!]+)(?:(!?=)(.*))?$/.exec(part) ?? unreadable(part);
    return (labels: JsonObject) =>
      operator === undefined ? key in labels : operator === "=" ? labels[key] === value : labels[key] !== value;
  });
  return (object) => tests.every((test) => test(objectIn(objectIn(object, "metadata"), "labels")));
}

/** `path.to.field=value`. */
export function fieldSelector(text: string | undefined): Matches {
  const tests = parts(text).map((part) => {
    const [, path = "", value = ""] = /^([^=!]+)=(.*)$/.exec(part) ?? unreadable(part);
    return (object: JsonObject) => (valueAt(object, path.split(".")) ?? "") === value;
  });
  return (object) => tests.every((test) => test(object));
}

function parts(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : text.split(",");
}

function unreadable(part: string): never {
  throw new Error(`the simulated API server does not know the selector ${part}`);
}

function objectIn(object: JsonObject, key: string): JsonObject {
  return (object[key] ?? {}) as JsonObject;
}

function valueAt(object: JsonObject, path: readonly string[]): unknown {
  let found: unknown = object;
  for (const key of path) found = (found as JsonObject | undefined)?.[key];
  return found;
}
