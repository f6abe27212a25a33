import { isNull, type List, leaf, type Tree, textOf } from "../tree/tree.ts";
import { Unsupported } from "./unsupported.ts";

type MergeItems = (target: Tree | undefined, patch: Tree | undefined) => Tree | undefined;

/** Plain values of both, each once, those of the patch first. */
export function mergeSet(target: List, patch: List | undefined): Tree[] {
  const made = new Map<string, Tree>();
  for (const item of [...(patch?.items ?? []), ...target.items]) {
    if (!made.has(textOf(item))) made.set(textOf(item), item);
  }
  return [...made.values()];
}

/** Items with equal keys are merged; those of the patch come first, in its order. */
export function mergeKeyedList(
  target: List,
  patch: List | undefined,
  keys: readonly string[],
  mergeItems: MergeItems,
): Tree[] {
  const lists = patch === undefined ? [target] : [patch, target];
  const values = distinct(lists.flatMap(({ items }) => items.map((item) => keyValues(item, keys))));
  const completed = keys.length > 1 ? completeValues(values) : values;
  const made = distinct(completed).flatMap((one) => {
    const own = itemWith(target, keys, one);
    const item = mergeItems(own, patch === undefined ? undefined : itemWith(patch, keys, one));
    const isEmpty = item === undefined || (item.kind === "branch" && item.members.size === 0);
    return isEmpty
      ? []
      : [{ item: withKeys(item, keys, one), rank: own === undefined ? -1 : target.items.indexOf(own) }];
  });
  // With several keys in use, kustomize moves what the target has behind what is new.
  const inUse = keys.filter((_, i) => completed.some((one) => one[i] !== ""));
  const ordered = inUse.length > 1 ? made.toSorted((one, other) => one.rank - other.rank) : made;
  return ordered.map(({ item }) => item);
}

function keyValues(item: Tree, keys: readonly string[]): readonly string[] {
  const values = keys.map((key) => (item.kind === "branch" ? textOf(item.members.get(key)) : ""));
  if (values.every((value) => value === ""))
    throw new Unsupported(`an item without ${keys.join(" and ")} in a list that is merged by it`);
  return values;
}

function distinct(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const seen = new Set<string>();
  return values.filter((one) => {
    const text = JSON.stringify(one);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** An item that leaves out a key is the same as one that states it and shares another key. */
function completeValues(values: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const all = [...values];
  all.forEach((_, i) => {
    all.forEach((_other, j) => {
      const merged = matched(all[i] ?? [], all[j] ?? []);
      if (merged !== undefined) {
        all[i] = merged;
        all[j] = merged;
      }
    });
  });
  return all;
}

function matched(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  if (!a.some((value, i) => value === b[i])) return undefined;
  if (a.some((value, i) => value !== b[i] && value !== "" && b[i] !== "")) return undefined;
  return a.map((value, i) => (value === "" ? (b[i] ?? "") : value));
}

/** The first item whose keys, as far as it and the values state them, are these. */
function itemWith(list: List, keys: readonly string[], values: readonly string[]): Tree | undefined {
  return list.items.find((item) => {
    if (item.kind !== "branch") return false;
    return keys.every((key, i) => {
      const own = textOf(item.members.get(key));
      return own === values[i] || own === "";
    });
  });
}

function withKeys(item: Tree, keys: readonly string[], values: readonly string[]): Tree {
  if (item.kind !== "branch") return item;
  const missing = keys.flatMap((key, i) => {
    const value = values[i] ?? "";
    return isNull(item.members.get(key)) && value !== "" ? [[key, leaf(value, item.at)] as const] : [];
  });
  return missing.length === 0 ? item : { ...item, members: new Map([...item.members, ...missing]) };
}
