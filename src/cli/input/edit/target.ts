import { type Document, isMap, isSeq, type Node } from "yaml";
import { pairOf } from "../place.ts";
import { type Collection, isCollectionNode } from "./node-ends.ts";

/** What the path of an operation leads to. */
export interface Target {
  readonly parent: Collection;
  /** The path of the parent. */
  readonly parentPath: string;
  /** The key of a member; of an item its index as text, or `-`. */
  readonly key: string;
  /** Index among the items of the parent; -1 where there is none yet. */
  readonly index: number;
}

/** The tokens of a JSON Pointer (RFC 6901). */
export function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Finds what a pointer leads to in the text itself; undefined where an alias, or nothing, is on the way. */
export function targetOf(document: Document, pointer: string): Target | undefined {
  const key = tokensOf(pointer).at(-1);
  const parentPath = pointer.slice(0, pointer.lastIndexOf("/"));
  let node: unknown = document.contents;
  for (const token of tokensOf(parentPath)) {
    if (isMap(node)) node = pairOf(node.items, token)?.value;
    else if (isSeq(node) && /^\d+$/.test(token)) node = node.items[Number(token)];
    else return undefined;
  }
  if (key === undefined || !isCollectionNode(node)) return undefined;
  return { parent: node, parentPath, key, index: indexOf(node, key) };
}

function indexOf(parent: Collection, key: string): number {
  if (isSeq(parent)) return /^\d+$/.test(key) && Number(key) < parent.items.length ? Number(key) : -1;
  const pair = pairOf(parent.items, key);
  return pair === undefined ? -1 : parent.items.indexOf(pair as never);
}

export function valueAt(parent: Collection, index: number): Node | null {
  const item = parent.items[index];
  return (isMap(parent) ? (item as { value: Node | null } | undefined)?.value : (item as Node)) ?? null;
}
