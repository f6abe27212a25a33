import { LineCounter } from "yaml";
import { documentsOf } from "../../../core/yaml/parse.ts";
import { UsageError } from "../../../option.ts";
import { type ParsedDocument, READERS, type Reader } from "../document.ts";
import { placeIn } from "../place.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Branch, isNull, type Tree, textOf } from "../tree/tree.ts";
import { Resource } from "./resource.ts";

/** The resources of documents, items of Lists at their end. Throws UsageError for what is no object of Kubernetes. */
export function resourcesOf(documents: readonly ParsedDocument[]): readonly Resource[] {
  const queue: Branch[] = [];
  for (const document of documents) {
    const tree = treeOf(document);
    if (tree === undefined || isNull(tree)) continue;
    queue.push(checked(tree, document));
  }
  const resources: Resource[] = [];
  for (const tree of queue) {
    const items = textOf(tree.members.get("kind")).endsWith("List") ? tree.members.get("items") : undefined;
    if (items === undefined) resources.push(new Resource(tree));
    else if (items.kind === "list") {
      for (const item of items.items) queue.push(checked(item, (item.at ?? tree.at)?.document));
    }
  }
  return resources;
}

function checked(tree: Tree, document: ParsedDocument | undefined): Branch {
  const metadata = tree.kind === "branch" ? tree.members.get("metadata") : undefined;
  const kind = tree.kind === "branch" ? textOf(tree.members.get("kind")) : "";
  const name = metadata?.kind === "branch" ? textOf(metadata.members.get("name")) : "";
  if (tree.kind === "branch" && kind !== "" && (name !== "" || kind.endsWith("List"))) return tree;
  const at = tree.at ?? (document && { document, keys: [] });
  const { file, line } = at === undefined ? { file: "", line: 1 } : placeIn(at.document, at.keys);
  throw new UsageError(`${file}:${line}: no object of Kubernetes: kind or metadata.name is missing`);
}

/** The documents of a text that stands inside a file; places and edits lead to the file. */
export function insideDocuments(text: Tree, reader: Reader = "kubernetes"): readonly ParsedDocument[] {
  const at = text.at;
  if (at === undefined) return [];
  const inner = textOf(text);
  const block = blockOf(at.document, at.keys);
  const counter = new LineCounter();
  const parsed = [...documentsOf(inner, { lines: counter, ...READERS[reader] })];
  const place = placeIn(at.document, at.keys);
  const lines: ParsedDocument["lines"] = {
    linePos: (offset) => {
      if (block === undefined) return { line: place.line, col: place.column };
      const { line, col } = counter.linePos(offset);
      return { line: line + block.lines, col: col + block.indent.length };
    },
  };
  let start = 0;
  return parsed.map((document) => {
    const range = [start, document.range[2]] as const;
    start = range[1];
    return { shown: at.document.shown, text: inner, lines, document, range, inset: block ?? ("fixed" as const) };
  });
}

/** How a literal block scalar (`|`) stands in its file; undefined for text in quotes, which has other lines. */
function blockOf(
  { document, text, lines, inset }: ParsedDocument,
  keys: readonly (string | number)[],
): { readonly lines: number; readonly indent: string } | undefined {
  const node = document.getIn(keys, true) as { type?: string; range?: readonly number[] } | undefined;
  const start = node?.range?.[0];
  if (node?.type !== "BLOCK_LITERAL" || start === undefined || inset !== undefined) return undefined;
  const after = text.slice(text.indexOf("\n", start) + 1);
  const indent = /^ */.exec(after)?.[0] ?? "";
  // A text that begins with empty lines has its indentation elsewhere.
  return indent === "" ? undefined : { lines: lines.linePos(start).line, indent };
}
