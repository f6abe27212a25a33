import { UsageError } from "../../../option.ts";
import { type Branch, isNull, type List, overwrite, type Tree, textOf } from "../tree/tree.ts";
import type { Schema } from "./kinds.ts";
import { mergeKeyedList, mergeSet } from "./merge-lists.ts";

const DIRECTIVE = "$patch";

/**
 * A strategic merge patch as kustomize does it: lists of the kinds of Kubernetes are merged by key, items of the patch first;
 * every other list is replaced; null removes; `$patch: delete` and `$patch: replace` in a mapping, or as an item of a keyed list.
 * @param patch undefined: nothing is stated for this part; its empty members go nevertheless
 * @returns undefined where nothing is left
 */
export function merge(target: Tree | undefined, patch: Tree | undefined, schema: Schema | undefined): Tree | undefined {
  const first = isNull(target) ? patch : target;
  if (first === undefined || isNull(first)) return withoutValue(target, patch);
  const other = first === target ? patch : target;
  if (!isNull(other) && other?.kind !== first.kind) {
    throw new UsageError(`a patch states a ${nameOf(patch)} where the resource has a ${nameOf(target)}`);
  }
  if (first.kind === "branch") return mergeBranch(target, patch, schema);
  if (first.kind === "leaf") return mergeLeaf(target, patch);
  return mergeList(target, patch, schema);
}

function mergeLeaf(target: Tree | undefined, patch: Tree | undefined): Tree | undefined {
  if (patch === undefined) return target;
  if (isNull(patch)) return undefined;
  return target?.kind === "leaf" && patch.kind === "leaf" ? overwrite(target, patch) : patch;
}

function nameOf(tree: Tree | undefined): string {
  return tree?.kind === "branch" ? "mapping" : tree?.kind === "list" ? "list" : "value";
}

/** A null that is written out stays unless the patch has one, too. */
function withoutValue(target: Tree | undefined, patch: Tree | undefined): Tree | undefined {
  return patch === undefined && target?.kind === "leaf" && target.isBare !== true ? target : undefined;
}

function mergeBranch(
  target: Tree | undefined,
  patch: Tree | undefined,
  schema: Schema | undefined,
): Branch | undefined {
  if (patch !== undefined && patch.kind !== "branch") return undefined;
  const directive = patch === undefined ? "merge" : directiveOf(patch);
  if (directive === "delete") return undefined;
  const stated = patch === undefined ? undefined : withoutDirective(patch);
  const isAdded = isNull(target) || directive === "replace";
  const base = isAdded ? stated : (target as Branch);
  if (base === undefined) return undefined;
  const members = new Map<string, Tree>();
  for (const key of new Set([...base.members.keys(), ...(stated?.members.keys() ?? [])])) {
    const made = merge(base.members.get(key), stated?.members.get(key), fieldSchema(schema, key));
    if (made !== undefined) members.set(key, made);
  }
  return { ...base, members };
}

function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  return schema?.fields !== undefined && Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
}

function mergeList(target: Tree | undefined, patch: Tree | undefined, schema: Schema | undefined): Tree | undefined {
  if (schema?.mergeKeys === undefined) return isNull(patch) && patch !== undefined ? undefined : (patch ?? target);
  if (patch !== undefined && patch.kind !== "list") return undefined;
  const directive = patch === undefined ? "merge" : listDirective(patch);
  if (directive === "delete") return undefined;
  const stated = patch === undefined ? undefined : withoutListDirective(patch);
  const base = isNull(target) || directive === "replace" ? stated : (target as List);
  return base === undefined ? undefined : { ...base, items: mergeItems(base, stated, schema) };
}

function mergeItems(base: List, stated: List | undefined, { mergeKeys = [], items }: Schema): Tree[] {
  if (mergeKeys.length === 0) return mergeSet(base, stated);
  return mergeKeyedList(base, stated, mergeKeys, (a, b) => merge(a, b, items));
}

/** What `$patch` says. Throws UsageError for a word that kustomize does not know. */
export function directiveOf(patch: Branch): "merge" | "replace" | "delete" {
  const word = patch.members.has(DIRECTIVE) ? textOf(patch.members.get(DIRECTIVE)) : "merge";
  if (word === "merge" || word === "replace" || word === "delete") return word;
  throw new UsageError(`unknown patch strategy '${word}'`);
}

function withoutDirective(patch: Branch): Branch {
  if (!patch.members.has(DIRECTIVE)) return patch;
  return { ...patch, members: new Map([...patch.members].filter(([key]) => key !== DIRECTIVE)) };
}

function directiveItem(patch: List): Branch | undefined {
  return patch.items.find(
    (item): item is Branch => item.kind === "branch" && item.members.size === 1 && item.members.has(DIRECTIVE),
  );
}

function listDirective(patch: List): "merge" | "replace" | "delete" {
  const item = directiveItem(patch);
  return item === undefined ? "merge" : directiveOf(item);
}

function withoutListDirective(patch: List): List {
  const item = directiveItem(patch);
  return item === undefined ? patch : { ...patch, items: patch.items.filter((one) => one !== item) };
}
