import { posix } from "node:path";
import { isObject } from "../../../../core/json.ts";

/** What a template is filled with: nested for Go templates, flat with dotted names for the older ones. */
export type Parameters = { readonly [name: string]: unknown };

/** Why an ApplicationSet cannot be decided from the files of a repository. */
export class Undecided extends Error {}

/** `{a: {b: 1}}` → `{"a.b": "1"}`, as the older templates name values. */
export function flattened(value: unknown, prefix = ""): Parameters {
  const made = Object.create(null) as Record<string, unknown>;
  const add = (one: unknown, name: string): void => {
    if (Array.isArray(one)) for (const [i, item] of one.entries()) add(item, dotted(name, String(i)));
    else if (isObject(one)) for (const [key, member] of Object.entries(one)) add(member, dotted(name, key));
    else made[name] = one === null ? "<nil>" : String(one);
  };
  add(value, prefix);
  return made;
}

function dotted(name: string, key: string): string {
  return name === "" ? key : `${name}.${key}`;
}

/** What the git generator says of a path. */
export function pathParameters(path: string, prefix: string, isGo: boolean, file?: string): Parameters {
  const basename = posix.basename(path);
  const named = file === undefined ? {} : { filename: file, filenameNormalized: normalizedName(file) };
  const segments = path.split("/");
  const facts = { basename, basenameNormalized: normalizedName(basename), ...named };
  if (isGo) {
    const inside = { path: { path, segments, ...facts } };
    return prefix === "" ? inside : { [prefix]: inside };
  }
  const name = prefix === "" ? "path" : `${prefix}.path`;
  return {
    [name]: path,
    ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${name}.${key}`, value])),
    ...Object.fromEntries(segments.map((segment, i) => [`${name}[${i}]`, segment])),
  };
}

const LONGEST_NAME = 253;

/** As Argo CD makes names of anything: lower case, dashes for what is not allowed. */
export function normalizedName(text: string): string {
  const allowed = text.toLowerCase().replaceAll(/[^-a-z0-9.]/g, "-");
  return allowed.slice(0, LONGEST_NAME).replace(/^[-.]+|[-.]+$/g, "");
}
