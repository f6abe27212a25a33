import type { Change } from "../explain/explanation.ts";
import { byCodePoint, isObject, type Json, type JsonObject, sameJson, sortedKeys } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";

/** Members that tell the entries of a list of Kubernetes apart. */
const NAMES = ["name", "mountPath", "containerPort", "key"] as const;

/**
 * What differs between two expansions, by path, old and new. Entries of lists are told apart by their names, and arguments of
 * a container are a set of flags. The release and the hash of the inputs are told elsewhere.
 */
export function fieldChanges(before: Expansion, after: Expansion): readonly Change[] {
  const { catalog: _, inputsHash: __, ...old } = before;
  const { catalog: ___, inputsHash: ____, ...now } = after;
  return jsonChanges(old as unknown as JsonObject, now as unknown as JsonObject);
}

/** The same for any two values. */
export function jsonChanges(before: Json | undefined, after: Json | undefined, path = ""): readonly Change[] {
  if (sameJson(before, after)) return [];
  if (isObject(before) && isObject(after)) return membersOf(before, after, path, "");
  if (Array.isArray(before) && Array.isArray(after)) {
    const [old, now] = [namedEntries(before, path), namedEntries(after, path)];
    if (old !== undefined && now !== undefined) return membersOf(old, now, path, "[");
    if (before.length === after.length && [...before, ...after].every(isObject)) {
      return before.flatMap((entry, i) => jsonChanges(entry, after[i], `${path}[${i}]`));
    }
  }
  return [{ path, ...(before === undefined ? {} : { from: before }), ...(after === undefined ? {} : { to: after }) }];
}

function membersOf(before: JsonObject, after: JsonObject, path: string, bracket: "" | "["): readonly Change[] {
  const keys = [...new Set([...sortedKeys(before), ...sortedKeys(after)])].sort(byCodePoint);
  return keys.flatMap((key) => jsonChanges(own(before, key), own(after, key), joined(path, key, bracket)));
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A key with dots or slashes stands in brackets, as in the messages of admission. */
function joined(path: string, key: string, bracket: "" | "["): string {
  if (bracket === "[" || !/^[\w-]+$/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A list as an object by what names its entries; undefined where its entries have no names of their own. */
function namedEntries(list: readonly Json[], path: string): JsonObject | undefined {
  if (path.endsWith(".args")) return flagsOf(list);
  for (const member of NAMES) {
    const names = list.map((entry) => (isObject(entry) ? entry[member] : undefined));
    if (names.every((name) => typeof name === "string" || typeof name === "number")) {
      const keys = names.map(String);
      if (new Set(keys).size === keys.length) return fromEntries(keys.map((key, i) => [key, list[i]]));
    }
  }
  return undefined;
}

/** `--name=value` and bare `--name`; undefined where something else stands among them, or a flag twice. */
function flagsOf(list: readonly Json[]): JsonObject | undefined {
  const flags = list.map((argument) => /^(--[\w.-]+)(?:=([\s\S]*))?$/.exec(String(argument)));
  if (flags.some((flag) => flag === null)) return undefined;
  const entries = flags.map((flag): [string, Json] => [flag?.[1] ?? "", flag?.[2] ?? true]);
  return new Set(entries.map(([name]) => name)).size === entries.length ? fromEntries(entries) : undefined;
}

/** fromEntries defines members, so one called __proto__ stays one. */
function fromEntries(entries: readonly (readonly [string, Json | undefined])[]): JsonObject {
  return Object.fromEntries(entries) as JsonObject;
}
