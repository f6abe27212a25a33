import { isMap } from "yaml";
import { commentsIn } from "./comments.ts";
import { dashOf, itemEnd, itemStart, itemsOf } from "./node-ends.ts";
import type { Parsed, Splice } from "./splice.ts";
import type { Target } from "./target.ts";
import { indentAt, indented, isFirstInLine, lineEnd, lineStart } from "./text-lines.ts";
import { writtenBlock } from "./written.ts";

/** A new member after the last one, or a new item before the one that has its index. */
export function blockAddition({ text, style }: Parsed, { parent, key, index }: Target, value: unknown): Splice {
  const items = itemsOf(parent);
  const first = edgeOf(text, parent, items[0]);
  const indent = indentAt(text, first);
  const written = indented(writtenBlock(isMap(parent) ? { [key]: value } : [value], style), indent);
  if (index < 0) {
    const end = lineEnd(text, itemEnd(items.at(-1)));
    return { start: end, end, text: `\n${indent}${written}` };
  }
  const edge = edgeOf(text, parent, items[index]);
  return { start: edge, end: edge, text: `${written}\n${indent}` };
}

/** The lines of a member or item go; comments in them stay as lines of their own. */
export function blockRemoval({ text }: Parsed, { parent, index }: Target): Splice {
  const items = itemsOf(parent);
  const start = edgeOf(text, parent, items[index]);
  const indent = indentAt(text, start);
  if (isFirstInLine(text, start)) {
    const end = lineEnd(text, itemEnd(items[index]));
    const comments = commentsIn(text, start, end).map((comment) => `${indent}${comment}`);
    if (comments.length > 0) return { start: lineStart(text, start), end, text: comments.join("\n") };
    return { start: lineStart(text, start), end: Math.min(end + 1, text.length), text: "" };
  }
  // The first of an item's members stands behind the dash: the next one takes its place.
  const next = items[index + 1];
  if (next === undefined) return { start, end: itemEnd(items[index]), text: "" };
  const end = edgeOf(text, parent, next);
  const comments = commentsIn(text, start, end).map((comment) => `${comment}\n${indent}`);
  return { start, end, text: comments.join("") };
}

/** Where a member's key, or the dash of an item stands. */
function edgeOf(text: string, parent: Target["parent"], item: unknown): number {
  return isMap(parent) ? itemStart(item) : dashOf(text, parent, item);
}
