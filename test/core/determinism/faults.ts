import { byCodePoint, canonicalJson, isObject, type JsonObject } from "../../../src/core/json.ts";
import type { Expansion, Workspace } from "../../../src/core/kinds/workspace.ts";

const MOST_BYTES = 64 * 1024;
// Kubernetes means something by them empty.
const EMPTY_ALLOWED = ["emptyDir"];

/** What is wrong with the form of an expansion, whatever it says. */
export function faults(workspace: Workspace, expansion: Expansion): readonly string[] {
  const text = canonicalJson(expansion);
  const empty = emptyPaths(expansion, "");
  const allowed = new Set(statedEmpties(workspace));
  return [
    ...empty.filter((path) => !allowed.has(lastKey(path))).map((path) => `${path} is empty`),
    ...(canonicalJson(JSON.parse(text)) === text ? [] : ["is changed by a round trip through JSON"]),
    ...outOfOrder(expansion, "").map((path) => `${path} has keys out of order`),
    ...(Buffer.byteLength(text) < MOST_BYTES ? [] : [`takes ${Buffer.byteLength(text)} bytes`]),
    ...decimals(expansion.memory ?? {}, 2),
    ...decimals({ hourlyPriceUsd: expansion.nodes.hourlyPriceUsd }, 4),
  ];
}

/** Paths of members that are undefined, null, "", [] or {}. */
function emptyPaths(value: unknown, path: string): readonly string[] {
  if (value === undefined || value === null || value === "") return [path];
  if (Array.isArray(value)) {
    return value.length === 0 ? [path] : value.flatMap((item, index) => emptyPaths(item, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  const members = Object.entries(value);
  if (members.length === 0) return EMPTY_ALLOWED.includes(lastKey(path)) ? [] : [path];
  return members.flatMap(([key, member]) => emptyPaths(member, `${path}.${key}`));
}

/** Paths of objects whose keys are not in the order of their bytes; JavaScript puts keys such as "10" first whatever one does. */
function outOfOrder(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => outOfOrder(item, `${path}[${index}]`));
  if (!isObject(value)) return [];
  const keys = Object.keys(value).filter((key) => !/^\d+$/.test(key));
  const here = keys.join() === keys.toSorted(byCodePoint).join() ? [] : [path];
  return [...here, ...Object.entries(value).flatMap(([key, member]) => outOfOrder(member, `${path}.${key}`))];
}

/** Keys of what the user states empty in a template: it stays as stated. */
function statedEmpties({ inference }: Workspace): readonly string[] {
  const template: JsonObject | undefined = inference?.template;
  return template === undefined ? [] : emptyPaths(template, "").map(lastKey);
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function decimals(numbers: object, most: number): readonly string[] {
  return Object.entries(numbers).flatMap(([name, value]) =>
    typeof value !== "number" || Number(value.toFixed(most)) === value ? [] : [`${name} is ${value}`],
  );
}
