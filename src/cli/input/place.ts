import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { Key } from "../../core/field-path.ts";
import type { Place } from "../../core/report/report.ts";
import type { Lines, SourceOf } from "./document.ts";

/** A document of a file, as far as places are asked of it. */
export interface Placed {
  readonly shown: string;
  readonly document: Document;
  readonly lines: Lines;
  readonly sourceOf?: SourceOf;
}

/** The place of what the keys lead to, or of its nearest parent that stands in the document. */
export function placeIn({ shown, document, lines, sourceOf }: Placed, keys: readonly Key[]): Place {
  if (sourceOf !== undefined) return sourceOf(keys);
  const { line, col } = lines.linePos(offsetOf(document, keys));
  // A document without content is at line 0 for the library.
  return { file: shown, line: Math.max(1, line), column: Math.max(1, col) };
}

function offsetOf(document: Document, keys: readonly Key[]): number {
  let node = resolved(document, document.contents as Node | null);
  let offset = node?.range?.[0] ?? document.range?.[0] ?? 0;
  for (const key of keys) {
    const step = stepInto(node, key);
    if (step === undefined) break;
    offset = step.offset;
    node = resolved(document, step.value);
  }
  return offset;
}

/** People look at the key of a member first, and at the item of a list. */
function stepInto(
  node: Node | undefined,
  key: Key,
): { readonly offset: number; readonly value: Node | null } | undefined {
  if (isSeq(node)) {
    const item = typeof key === "number" ? (node.items[key] as Node | undefined) : undefined;
    return item?.range ? { offset: item.range[0], value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = pairOf(node.items, key);
  return pair === undefined ? undefined : { offset: (pair.key as Node).range?.[0] ?? 0, value: pair.value as Node };
}

/** The member of a mapping that has this key. */
export function pairOf(items: readonly Pair[], key: Key): Pair | undefined {
  return items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

function resolved(document: Document, node: Node | null): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) ?? undefined;
}

/** A place as text: `file:line:column`. */
export function shownPlace(placed: Placed, keys: readonly Key[]): string {
  const { file, line, column } = placeIn(placed, keys);
  return `${file}:${line}:${column}`;
}
