import { isMap } from "yaml";
import { commentsIn } from "./comments.ts";
import { itemEnd, itemStart, itemsOf } from "./node-ends.ts";
import type { Parsed, Splice } from "./splice.ts";
import type { Target } from "./target.ts";
import { indentAt, isFirstInLine } from "./text-lines.ts";
import { writtenFlow, writtenScalar } from "./written.ts";

/** A new member or item between the brackets, on a line of its own where the others have one. */
export function flowAddition(parsed: Parsed, { parent, key, index }: Target, value: unknown): Splice {
  const { text, style } = parsed;
  const items = itemsOf(parent);
  const neighbour = itemStart(items.at(-1));
  const indent = isFirstInLine(text, neighbour) ? indentAt(text, neighbour) : undefined;
  const separator = indent === undefined ? " " : `\n${indent}`;
  const flow = writtenFlow(value, style, indent);
  const name = style.json ? JSON.stringify(key) : writtenScalar(key, undefined, true);
  const written = isMap(parent) ? `${name}: ${flow}` : flow;
  if (index >= 0) {
    const start = itemStart(items[index]);
    return { start, end: start, text: `${written},${separator}` };
  }
  const end = itemEnd(items.at(-1));
  return { start: end, end, text: `,${separator}${written}` };
}

/** A member or item and its comma; comments in between stay. */
export function flowRemoval({ text }: Parsed, { parent, index }: Target): Splice {
  const items = itemsOf(parent);
  const next = items[index + 1];
  const previous = items[index - 1];
  const start = next === undefined && previous !== undefined ? itemEnd(previous) : itemStart(items[index]);
  const end = next === undefined ? itemEnd(items[index]) : itemStart(next);
  const indent = indentAt(text, start);
  const comments = commentsIn(text, start, end).map((comment) => ` ${comment}\n${indent}`);
  return { start, end, text: comments.join("") };
}
