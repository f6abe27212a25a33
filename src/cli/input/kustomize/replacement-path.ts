import { UsageError } from "../../../option.ts";
import { type Branch, branch, isNull, leaf, type Tree, textOf } from "../tree/tree.ts";
import { splitPath } from "./field-path.ts";
import { matcher } from "./patterns.ts";
import { Unsupported } from "./unsupported.ts";

/** A field that a path leads to, and how it is written. */
export interface FoundField {
  readonly value: Tree;
  readonly set: (value: Tree) => void;
  readonly isNew: boolean;
}

/**
 * What a field path of a replacement leads to: `spec.containers.[name=model].image`, `spec.list.*.name`, `spec.list.0`.
 * @param made what will be written; where it is given, missing parts of the path are made
 */
export function valuesAt(tree: Tree, path: string, made: Tree | undefined): readonly FoundField[] {
  const set = (): never => {
    throw new UsageError("a replacement of a whole object");
  };
  return walk({ value: tree, set, isNew: false }, bracketed(path), made);
}

function walk(from: FoundField, parts: readonly string[], made: Tree | undefined): readonly FoundField[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [from];
  const { value } = from;
  if (value.kind === "list") {
    return itemsOf(value.items, part).flatMap((i) => walk(itemField(value.items, i), rest, made));
  }
  if (value.kind === "branch") {
    const field = memberField(value, part, rest, made);
    return field === undefined ? [] : walk({ ...field, isNew: field.isNew || from.isNew }, rest, made);
  }
  if (isNull(value)) return [];
  throw new Unsupported("a replacement inside of a text");
}

function itemField(items: Tree[], i: number): FoundField {
  const set = (value: Tree): void => {
    items[i] = value;
  };
  return { value: items[i] ?? leaf(null), set, isNew: false };
}

function memberField(
  { members }: Branch,
  part: string,
  rest: readonly string[],
  made: Tree | undefined,
): FoundField | undefined {
  const set = (value: Tree): void => {
    members.set(part, value);
  };
  const found = members.get(part);
  if (found !== undefined) return { value: found, set, isNew: false };
  if (made === undefined) return undefined;
  if (rest.some((one) => /^(\[.*\]|\*|\d+)$/.test(one))) throw new Unsupported("a replacement that makes items");
  const value = rest.length > 0 ? branch(made.at) : leaf("", made.at);
  set(value);
  return { value, set, isNew: true };
}

function itemsOf(items: readonly Tree[], part: string): readonly number[] {
  const all = items.map((_, i) => i);
  if (part === "*") return all;
  if (/^\d+$/.test(part)) {
    if (Number(part) < items.length) return [Number(part)];
    throw new UsageError(`index ${part} specified but only ${items.length} elements found`);
  }
  const [, key, value] = /^\[([^=]*)=(.*)\]$/.exec(part) ?? [];
  if (key === undefined || value === undefined) throw new Unsupported(`the part ${part} of a field path`);
  const matches = matcher(value, false);
  return all.filter((i) => {
    const item = items[i];
    const member = key === "" ? item : item?.kind === "branch" ? item.members.get(key) : undefined;
    return member !== undefined && matches(textOf(member));
  });
}

/** Parts at dots; what stands in brackets is one part. */
function bracketed(path: string): readonly string[] {
  const parts: string[] = [];
  let open: string | undefined;
  for (const part of splitPath(path, ".")) {
    const now: string = open === undefined ? part : `${open}.${part}`;
    const isOpen = now.startsWith("[") && !now.endsWith("]");
    if (!isOpen) parts.push(now.startsWith("[") && !now.includes("=") ? now.slice(1, -1) : now);
    open = isOpen ? now : undefined;
  }
  if (open !== undefined) parts.push(open);
  return parts;
}
