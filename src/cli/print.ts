import { stringify, type Tags } from "yaml";
import { byCodePoint, isObject, type JsonObject } from "../core/json.ts";

/** Objects as text: YAML documents headed by a comment, or one Kubernetes `List` in JSON. Keys are sorted by bytes. */
export function printed(objects: readonly JsonObject[], format: "yaml" | "json", heading: string): string {
  if (format === "json") return `${prettyJson({ apiVersion: "v1", items: objects, kind: "List" }, "")}\n`;
  const documents = objects.map((object) => stringify(ordered(object), yamlOptions));
  return `# ${heading}\n${documents.join("---\n")}`;
}

const yamlOptions = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  // Kubernetes reads YAML 1.1, where a bare `on` or `no` is a boolean: such texts must be quoted.
  version: "1.1",
  // Without it a Map is written as an ordered map, which Kubernetes does not read.
  customTags: (tags: Tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:omap"),
} as const;

/** Maps instead of objects: JavaScript moves keys such as "10" to the front of an object. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  return new Map(members(value).map(([key, member]) => [key, ordered(member)]));
}

function prettyJson(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => inner + prettyJson(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const lines = members(value).map(([key, member]) => `${inner}${JSON.stringify(key)}: ${prettyJson(member, inner)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}

function members(object: JsonObject): readonly (readonly [string, unknown])[] {
  return Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort(byCodePoint)
    .map((key) => [key, object[key]]);
}
