import { isMap, isPair, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { lineStart } from "./text-lines.ts";

/** Where a node begins, properties (anchor, tag) left out. */
export function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}

/** Where what a node says ends: before comments, blank lines and the line feed after it. */
export function endOf(node: Node | null | undefined, otherwise: number): number {
  if (!node?.range) return otherwise;
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? node.range[1] : itemEnd(last);
  }
  if (isBlockScalar(node)) return node.range[1] - 1;
  // A null that is not written stands nowhere.
  if (isScalar(node) && node.source === "" && node.type === Scalar.PLAIN) return otherwise;
  return node.range[1];
}

export function isBlockScalar(node: unknown): boolean {
  return isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
}

/** Where a member of a mapping or an item of a list begins. */
export function itemStart(item: unknown): number {
  return startOf(isPair(item) ? item.key : item);
}

export function itemEnd(item: unknown): number {
  if (!isPair(item)) return endOf(item as Node, startOf(item));
  const key = item.key as Node;
  // The colon belongs to a key without a value.
  return endOf(item.value as Node | null, (key.range?.[1] ?? 0) + 1);
}

/** The dash of an item of a list in lines: in the column of the first one, in the item's line or, where comments stand between, above. */
export function dashOf(text: string, list: YAMLSeq, item: unknown): number {
  const column = startOf(list) - lineStart(text, startOf(list));
  let line = lineStart(text, startOf(item));
  while (text[line + column] !== "-" && line > 0) line = lineStart(text, line - 1);
  return line + column;
}

export type Collection = YAMLMap | YAMLSeq;

export function isCollectionNode(node: unknown): node is Collection {
  return isMap(node) || isSeq(node);
}

export function itemsOf(node: Collection): readonly (Pair | Node)[] {
  return node.items as readonly (Pair | Node)[];
}
