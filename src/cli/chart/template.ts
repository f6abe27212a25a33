import { stringify } from "yaml";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Replacement } from "./replacements.ts";

const MARK = (i: number) => `FORESAIL-REPLACED-${i}-`;
const MARKS = /FORESAIL-REPLACED-(\d+)-/g;
const MARKED_ITEM = /^(\s*)- FORESAIL-REPLACED-(\d+)-$/;

/** One object as lines of a template. */
export interface Template {
  readonly lines: readonly string[];
  /** Which replacements were used. */
  readonly used: readonly Replacement[];
}

/** Writes an object with the values of the chart in place of what they stand for. */
export function template(object: JsonObject, replacements: readonly Replacement[]): Template {
  const kind = String(object["kind"]);
  const name = isObject(object["metadata"]) ? String(object["metadata"]["name"]) : "";
  const ours = replacements.filter((one) => one.kind.test(kind) && one.name.test(name));
  const used = new Set<Replacement>();
  const marked = (value: Json | undefined, field: string): Json => {
    if (Array.isArray(value)) return value.map((item) => marked(item, field));
    if (isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, marked(member, key)]));
    }
    const index = ours.findIndex((one) => one.field === field && one.value.test(String(value)));
    const found = ours[index];
    if (found === undefined) return value ?? null;
    used.add(found);
    return MARK(index);
  };
  const text = stringify(marked(object, ""), { aliasDuplicateObjects: false, lineWidth: 0 });
  // Braces of our own would be commands to Helm.
  const escaped = text.replaceAll("{{", '{{ "{{" }}');
  return {
    lines: escaped
      .trimEnd()
      .split("\n")
      .flatMap((line) => replaced(line, ours)),
    used: [...used],
  };
}

function replaced(line: string, ours: readonly Replacement[]): readonly string[] {
  const [, indent = "", index] = MARKED_ITEM.exec(line) ?? [];
  const optional = index === undefined ? undefined : ours[Number(index)];
  const written = line.replaceAll(MARKS, (_mark, i) => ours[Number(i)]?.to ?? "");
  if (optional?.when === undefined) return [written];
  return [`${indent}{{- if ${optional.when} }}`, written, `${indent}{{- end }}`];
}
