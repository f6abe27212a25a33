import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { error, type Issue } from "./issue.ts";
import { canonicalJson, isObject, type JsonObject } from "./json.ts";

/** One definition per Kind: the static type (`Static`), the validator and the CRD schema all come from a `Schema`. */
export interface Schema<T> {
  readonly json: JsonObject;
  /** Carries the static type only; never present at run time. */
  readonly type?: T;
}
export type Static<S> = S extends Schema<infer T> ? T : never;

type Properties = { readonly [key: string]: Schema<unknown> };
type Fields<P extends Properties, R extends keyof P> = { readonly [K in R]: Static<P[K]> } & {
  readonly [K in Exclude<keyof P, R>]?: Static<P[K]>;
};
/** Further OpenAPI keywords: default, minimum, pattern, x-kubernetes-*. */
type Keywords = JsonObject;

export function string(description: string, keywords: Keywords = {}): Schema<string> {
  return { json: { type: "string", description, ...keywords } };
}

export function oneOf<const V extends readonly string[]>(
  values: V,
  description: string,
  keywords: Keywords = {},
): Schema<V[number]> {
  return { json: { type: "string", enum: values, description, ...keywords } };
}

export function integer(description: string, keywords: Keywords = {}): Schema<number> {
  return { json: { type: "integer", description, ...keywords } };
}

export function number(description: string, keywords: Keywords = {}): Schema<number> {
  return { json: { type: "number", description, ...keywords } };
}

export function boolean(description: string): Schema<boolean> {
  return { json: { type: "boolean", description } };
}

export function list<S extends Schema<unknown>>(
  items: S,
  description: string,
  keywords: Keywords = {},
): Schema<readonly Static<S>[]> {
  return { json: { type: "array", items: items.json, description, ...keywords } };
}

export function map<S extends Schema<unknown>>(
  values: S,
  description: string,
): Schema<{ readonly [key: string]: Static<S> }> {
  return { json: { type: "object", additionalProperties: values.json, description } };
}

/** An object whose content is not described (KAITO's schemaless parts): kept whole, never pruned. */
export function anyObject(description: string): Schema<JsonObject> {
  return { json: { type: "object", description, "x-kubernetes-preserve-unknown-fields": true } };
}

export function object<P extends Properties, const R extends readonly (keyof P & string)[] = readonly []>(
  properties: P,
  description: string,
  options: { readonly required?: R; readonly keywords?: Keywords } = {},
): Schema<Fields<P, R[number]>> {
  const json: Record<string, JsonObject> = {};
  for (const [name, schema] of Object.entries(properties)) json[name] = schema.json;
  const required = options.required ?? [];
  return {
    json: {
      type: "object",
      description,
      ...(required.length > 0 ? { required: [...required] } : {}),
      ...options.keywords,
      properties: json,
    },
  };
}

const ajv = new Ajv({
  strict: true,
  allErrors: true,
  strictTypes: false,
  // Bounded output for hostile input: one message per error is enough, values are printed by us.
  verbose: true,
  formats: { "date-time": true, int32: true, int64: true },
  keywords: [
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-map-type",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-int-or-string",
    "x-kubernetes-validations",
  ],
});

// Nobody reads more, and a list of 10,000 wrong items would take longer to describe than to check.
const MOST_VIOLATIONS = 100;

/** Compiles a schema once; the answer lists the violations as Issues whose paths start with `root`, at most 101. */
export function validator(schema: Schema<unknown>): (value: unknown, root: string) => readonly Issue[] {
  const validate: ValidateFunction = ajv.compile(schema.json);
  return (value, root) => {
    if (validate(value)) return [];
    const all = validate.errors ?? [];
    const issues = all.slice(0, MOST_VIOLATIONS).map((found) => toIssue(found, root));
    const more = all.length - issues.length;
    const rest = `${more} more values are wrong in the same or other ways: mend those listed first`;
    return more === 0 ? issues : [...issues, error(root, "schema/more", rest)];
  };
}

function toIssue(found: ErrorObject, root: string): Issue {
  const path = fieldPath(root, found.instancePath);
  switch (found.keyword) {
    case "required": {
      const field = join(path, String(found.params["missingProperty"]));
      return error(field, "schema/required", `${field} is required and absent: add it`);
    }
    case "type":
      return error(
        path,
        "schema/type",
        `${path} must be of type ${String(found.params["type"])}, given ${shown(found.data)}`,
      );
    case "enum":
      return error(
        path,
        "schema/enum",
        `${path} must be one of ${(found.params["allowedValues"] as readonly unknown[]).join(", ")}, given ${shown(found.data)}`,
      );
    case "additionalProperties": {
      const field = join(path, String(found.params["additionalProperty"]));
      return error(field, "schema/unknown-field", `${field} is not a known field: check its spelling or remove it`);
    }
    default:
      return error(path, "schema/invalid", `${path} ${found.message ?? "is invalid"}, given ${shown(found.data)}`);
  }
}

function join(parent: string, child: string): string {
  return parent === "" ? child : `${parent}.${child}`;
}

/** `/inference/adapters/0/source` below `` becomes `inference.adapters[0].source`. */
export function fieldPath(root: string, pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => shortened(part.replaceAll("~1", "/").replaceAll("~0", "~")))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), root);
}

const SHOWN_CHARACTERS = 80;

/** A value for a message: its JSON, cut so that hostile input cannot fill logs. */
export function shown(value: unknown): string {
  // A long text is cut before it is escaped, not after.
  const given = typeof value === "string" ? value.slice(0, SHOWN_CHARACTERS + 1) : value;
  return shortened(given === undefined ? "nothing" : canonicalJson(given));
}

/** A key or name inside a message or path. */
export function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

/**
 * Fills in a schema's defaults as the API server does: below objects that are present, never into absent parents.
 * Returns the same reference where nothing is missing.
 */
export function withDefaults(value: unknown, schema: JsonObject): unknown {
  if (Array.isArray(value)) return listWithDefaults(value, schema["items"]);
  if (!isObject(value) || !isObject(schema["properties"])) return value;
  const missing: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(schema["properties"])) {
    if (!isObject(child)) continue;
    const present = Object.hasOwn(value, key) ? value[key] : undefined;
    const filled = present === undefined ? child["default"] : withDefaults(present, child);
    if (filled !== present) missing[key] = filled;
  }
  return Object.keys(missing).length === 0 ? value : { ...value, ...missing };
}

function listWithDefaults(list: readonly unknown[], items: unknown): readonly unknown[] {
  if (!isObject(items)) return list;
  const filled = list.map((item) => withDefaults(item, items));
  return filled.some((item, i) => item !== list[i]) ? filled : list;
}
