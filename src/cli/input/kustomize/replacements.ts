import { parse } from "yaml";
import { UsageError } from "../../../option.ts";
import { copyOf, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { valuesAt } from "./replacement-path.ts";
import { isSameNamespace, isSelected, type Resource, type ResourceId } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { idMatcher, matchesMetadata } from "./select.ts";
import { Unsupported } from "./unsupported.ts";

const NAME_PATH = "metadata.name";

/** An entry of `replacements`: a value of one object, or a text, is written into others. */
export function applyReplacement(resources: Resources, entry: Tree, where: string): void {
  const targets = lookUp(entry, "targets");
  if (targets?.kind !== "list") throw new UsageError(`${where}: replacements must specify at least one target`);
  const value = sourceValue(resources, entry, where);
  for (const target of targets.items) {
    const selector = lookUp(target, "select");
    if (selector === undefined) throw new UsageError(`${where}: target must specify resources to select`);
    for (const resource of resources.all) {
      if (isTarget(resource, selector, lookUp(target, "reject"))) write(resource, value, target, where);
    }
  }
}

function sourceValue(resources: Resources, entry: Tree, where: string): Tree {
  const [source, text] = [lookUp(entry, "source"), lookUp(entry, "sourceValue")];
  if ((source === undefined) === (text === undefined))
    throw new UsageError(`${where}: a source or a sourceValue is needed`);
  if (text !== undefined) return leaf(textOf(text), text.at);
  const found = resources.all.filter((one) => [one.id, ...one.previousIds].some((id) => isSource(id, source)));
  const [resource] = found;
  if (resource === undefined || found.length > 1) {
    throw new UsageError(
      `${where}: ${found.length === 0 ? "nothing is" : "several resources are"} selected by the source`,
    );
  }
  const path = textOf(lookUp(source, "fieldPath")) || NAME_PATH;
  const [value] = valuesAt(resource.tree, path, undefined).map(({ value: one }) => one);
  if (value === undefined || textOf(value) === "") {
    if (value === undefined || value.kind === "leaf")
      throw new UsageError(`${where}: fieldPath ${path} is missing for the source`);
  }
  const delimiter = textOf(lookUp(source, "options", "delimiter"));
  if (delimiter === "") return value;
  const part = textOf(value).split(delimiter)[Number(textOf(lookUp(source, "options", "index")) || 0)];
  if (part === undefined) throw new UsageError(`${where}: options.index is out of bounds`);
  return leaf(part, value.at);
}

function isSource(id: ResourceId, selector: Tree | undefined): boolean {
  const part = (key: string): string => textOf(lookUp(selector, key));
  const namespace = part("namespace");
  return (
    (part("name") === "" || part("name") === id.name) &&
    (namespace === "" || isSameNamespace({ ...id, namespace }, id)) &&
    isSelected(id, { group: part("group"), version: part("version"), kind: part("kind") })
  );
}

function isTarget(resource: Resource, selector: Tree, reject: Tree | undefined): boolean {
  const ids = [resource.id, ...resource.previousIds];
  const matches = (stated: Tree) => {
    const { kind, name, namespace } = idMatcher(stated);
    return ids.some((id) => kind(id) && name(id.name) && namespace(id.namespace));
  };
  if (!matchesMetadata(resource, selector) || !matches(selector)) return false;
  return !(reject?.kind === "list" ? reject.items : []).some((one) => {
    const has = (...keys: readonly string[]): boolean => keys.some((key) => textOf(lookUp(one, key)) !== "");
    if (has("labelSelector", "annotationSelector") && matchesMetadata(resource, one)) return true;
    return has("group", "version", "kind", "name", "namespace") && matches(one);
  });
}

function write(resource: Resource, value: Tree, target: Tree, where: string): void {
  const options = lookUp(target, "options");
  const create = textOf(lookUp(options, "create")) === "true";
  const paths = lookUp(target, "fieldPaths");
  for (const path of paths?.kind === "list" && paths.items.length > 0 ? paths.items.map(textOf) : [NAME_PATH]) {
    const fields = valuesAt(resource.tree, path, create ? value : undefined);
    if (fields.length === 0) throw new UsageError(`${where}: unable to find field ${path} in replacement target`);
    for (const field of fields) field.set(written(field.value, value, options, field.isNew));
  }
}

function written(field: Tree, value: Tree, options: Tree | undefined, isNew: boolean): Tree {
  const delimiter = textOf(lookUp(options, "delimiter"));
  if (delimiter === "" && (field.kind !== "leaf" || value.kind !== "leaf")) {
    // A list or mapping in the place of a value leaves its text empty there.
    if (field.kind === "leaf" && !isNew) throw new Unsupported("a replacement of a value by a list or mapping");
    return copyOf(value);
  }
  const text = delimiter === "" ? textOf(value) : joined(textOf(field), textOf(value), delimiter, options);
  if (isNew) return leaf(scalarOf(text), value.at);
  if (field.kind === "leaf" && typeof field.value === "string") return leaf(text, value.at);
  const typed = scalarOf(text);
  if (field.kind === "leaf" && typeof typed !== typeof field.value)
    throw new Unsupported("a replacement that changes a type");
  return leaf(typed, value.at);
}

function joined(field: string, value: string, delimiter: string, options: Tree | undefined): string {
  const parts = field.split(delimiter);
  const index = Number(textOf(lookUp(options, "index")) || 0);
  if (index < 0) parts.unshift(value);
  else if (index >= parts.length) parts.push(value);
  else parts[index] = value;
  return parts.join(delimiter);
}

/** What a parser makes of a text that is written plain. */
function scalarOf(text: string): string | number | boolean {
  const value: unknown = /^[\w.+-]+$/.test(text) ? parse(text) : text;
  return typeof value === "number" || typeof value === "boolean" ? value : text;
}
