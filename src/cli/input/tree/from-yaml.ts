import { isAlias, isMap, isScalar, isSeq, type Node, Scalar } from "yaml";
import type { Key } from "../../../core/field-path.ts";
import { UsageError } from "../../../option.ts";
import { checkSyntax, type ParsedDocument } from "../document.ts";
import { type Branch, branch, type Leaf, type Origin, type Tree } from "./tree.ts";

// Nodes made of one document, aliases expanded: far above what people write, far below what fills the memory.
const MOST_NODES = 1_000_000;

interface Reading {
  readonly document: ParsedDocument;
  readonly isOwn: boolean;
  nodes: number;
}

/**
 * The content of a document with the place of every part; undefined for one without content.
 * @param isOwn whether what stands in it is stated for one object
 * @throws UsageError with path and line for text that cannot be parsed
 */
export function treeOf(document: ParsedDocument, isOwn = true): Tree | undefined {
  checkSyntax(document);
  const { contents } = document.document;
  if (contents === null) return undefined;
  return convert({ document, isOwn, nodes: 0 }, contents as Node, []);
}

function convert(reading: Reading, node: Node | null, keys: readonly Key[]): Tree {
  const { document, isOwn } = reading;
  if (++reading.nodes > MOST_NODES)
    throw new UsageError(`${document.shown}: Excessive alias count indicates a resource exhaustion attack`);
  const at: Origin = { document, keys, isOwn };
  if (isAlias(node)) return convert(reading, node.resolve(document.document) ?? null, keys);
  if (isSeq(node)) {
    return { kind: "list", items: node.items.map((item, i) => convert(reading, item as Node, [...keys, i])), at };
  }
  if (!isMap(node)) return leafOf(node, at);
  const made = branch(at);
  for (const { key, value } of node.items) {
    const text = isScalar(key) ? String(key.value) : String(key);
    if (isScalar(key) && typeof key.value === "symbol") mergeInto(reading, made, value as Node, keys);
    else made.members.set(text, convert(reading, value as Node | null, [...keys, text]));
  }
  return made;
}

/** A merge key gives what the mapping does not state itself. */
function mergeInto(reading: Reading, made: Branch, value: Node, keys: readonly Key[]): void {
  const merged = convert(reading, value, keys);
  for (const one of merged.kind === "list" ? merged.items : [merged]) {
    if (one.kind !== "branch") continue;
    for (const [key, member] of one.members) if (!made.members.has(key)) made.members.set(key, member);
  }
}

function leafOf(node: Node | null, at: Origin): Leaf {
  if (!isScalar(node)) return { kind: "leaf", value: null, isBare: true, at };
  if (node.value === null)
    return { kind: "leaf", value: null, isBare: node.source === "" || node.source === undefined, at };
  return { kind: "leaf", value: scalarValue(node), at };
}

/** Numbers as the YAML 1.1 parser of kustomize reads them: octal with a leading zero, underscores between digits, dates. */
function scalarValue(node: Scalar): Leaf["value"] {
  const { source, value, type } = node;
  if (type === Scalar.PLAIN && source !== undefined) {
    if (/^[-+]?0[0-7]+$/.test(source)) return Number.parseInt(source, 8);
    if (/^[-+]?[0-9][0-9]*_[0-9_]*$/.test(source)) return Number(source.replaceAll("_", ""));
    const [, year, month = "", day = ""] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(source) ?? [];
    if (year !== undefined) return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T00:00:00Z`;
  }
  return typeof value === "boolean" || typeof value === "number" ? value : String(value);
}
