import { type Document, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Operation } from "../../../core/diff.ts";
import { isObject } from "../../../core/json.ts";
import { blockAddition, blockRemoval } from "./block.ts";
import { commentsIn } from "./comments.ts";
import { flowAddition, flowRemoval } from "./flow.ts";
import { dashOf, endOf, isBlockScalar, isCollectionNode, itemEnd, itemStart, startOf } from "./node-ends.ts";
import { type Target, targetOf, valueAt } from "./target.ts";
import { indentAt, indented, lineEnd } from "./text-lines.ts";
import { type Style, writtenBlock, writtenFlow, writtenScalar } from "./written.ts";

/** A part of a text and what takes its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text and what the parser made of it. */
export interface Parsed {
  readonly text: string;
  readonly document: Document;
  readonly style: Style;
}

/** One operation as a change of the text; undefined where there is no place for it. */
export function spliceOf(parsed: Parsed, operation: Operation): Splice | undefined {
  const target = targetOf(parsed.document, operation.path);
  if (target === undefined) return undefined;
  const { parent, index, key } = target;
  if (operation.op === "remove") return index < 0 ? undefined : removal(parsed, target);
  const isInsertion = operation.op === "add" && isSeq(parent) && index >= 0;
  if (index >= 0 && !isInsertion) return replacement(parsed, target, operation.value);
  if (isSeq(parent) && !isInsertion && key !== "-" && Number(key) !== parent.items.length) return undefined;
  if (parent.items.length === 0) {
    const whole = isSeq(parent) ? [operation.value] : { [key]: operation.value };
    return { start: startOf(parent), end: endOf(parent, startOf(parent)), text: writtenFlow(whole, parsed.style) };
  }
  return parent.flow === true
    ? flowAddition(parsed, target, operation.value)
    : blockAddition(parsed, target, operation.value);
}

function removal(parsed: Parsed, target: Target): Splice | undefined {
  const { parent, parentPath } = target;
  if (parent.flow === true) return flowRemoval(parsed, target);
  if (parent.items.length > 1) return blockRemoval(parsed, target);
  const outer = targetOf(parsed.document, parentPath);
  return outer === undefined ? undefined : replacement(parsed, outer, isSeq(parent) ? [] : {});
}

function replacement(parsed: Parsed, { parent, index, key }: Target, value: unknown): Splice {
  const { text, style } = parsed;
  const node = valueAt(parent, index);
  const item = parent.items[index];
  const isPlainNode = node !== null && !isCollectionNode(node) && !isBlockScalar(node);
  const end = itemEnd(item);
  if (isPlainNode && !isCollection(value) && !(isScalar(node) && node.source === "")) {
    const former = isScalar(node) ? (node.type ?? undefined) : undefined;
    const written = style.json ? writtenFlow(value, style) : writtenScalar(value, former, parent.flow === true);
    return { start: startOf(node), end: endOf(node, startOf(node)), text: written };
  }
  if (parent.flow === true || style.json) return flowReplacement(parsed, node, end, value, itemStart(item));
  // Comments inside go below what is written; then the one behind it cannot stay in its line, either.
  const start = isMap(parent) ? itemStart(item) : dashOf(text, parent, item);
  const hasInner = commentsIn(text, start, end).length > 0;
  const until = hasInner ? lineEnd(text, end) : end;
  const comments = hasInner ? commentsIn(text, start, until) : [];
  if (isMap(parent)) {
    const indent = indentAt(text, start);
    const colon = text.indexOf(":", keyEnd(item)) + 1;
    const written = indented(writtenBlock({ [key]: value }, style).slice(writtenKeyLength(key, style)), indent);
    return { start: colon, end: until, text: withComments(written, comments, indent) };
  }
  const indent = indentAt(text, start);
  return {
    start,
    end: until,
    text: withComments(indented(writtenBlock([value], style), indent), comments, indent),
  };
}

function flowReplacement(
  { text, style }: Parsed,
  node: Node | null,
  end: number,
  value: unknown,
  keyStart: number,
): Splice {
  const isWritten = node !== null && !(isScalar(node) && node.source === "");
  const isLines = isWritten && text.slice(startOf(node), end).includes("\n");
  const written = writtenFlow(value, style, isLines ? indentAt(text, lineIndentEnd(text, keyStart)) : undefined);
  return isWritten ? { start: startOf(node), end, text: written } : { start: end, end, text: ` ${written}` };
}

function lineIndentEnd(text: string, offset: number): number {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return start + (/^ */.exec(text.slice(start))?.[0].length ?? 0);
}

function keyEnd(item: unknown): number {
  return ((item as { key: Node }).key.range ?? [0, 0])[1];
}

/** How much of a written member is its key and colon. */
function writtenKeyLength(key: string, style: Style): number {
  return writtenBlock({ [key]: 0 }, style).length - " 0".length;
}

function withComments(written: string, comments: readonly string[], indent: string): string {
  return [written, ...comments.map((comment) => indent + comment)].join("\n");
}

function isCollection(value: unknown): boolean {
  return isObject(value) || Array.isArray(value);
}
