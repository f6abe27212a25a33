import { type Document, type DocumentOptions, LineCounter, type SchemaOptions, type YAMLParseError } from "yaml";
import type { Key } from "../../core/field-path.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Place } from "../../core/report/report.ts";
import { documentsOf } from "../../core/yaml/parse.ts";
import { UsageError } from "../../option.ts";
import type { Source } from "./source.ts";

/** A document of a file, with what is needed to find and change its text. */
export interface ParsedDocument {
  readonly shown: string;
  /** The whole file. */
  readonly text: string;
  readonly lines: Lines;
  readonly document: Document;
  /** Where the document stands in the text, what leads to it included. */
  readonly range: readonly [start: number, end: number];
  /** Of a text inside a file: how many lines stand before it, and what before each of its lines; `fixed` where it cannot be edited. */
  readonly inset?: { readonly lines: number; readonly indent: string } | "fixed";
  /** Of a text that a tool made: where an author edits what stands at these keys. */
  readonly sourceOf?: SourceOf;
}

export type SourceOf = (keys: readonly Key[]) => Place;

/** Lines and columns, from 1, of offsets in a text. */
export interface Lines {
  readonly linePos: (offset: number) => { readonly line: number; readonly col: number };
}

/** How a text is parsed. */
export type Reader = keyof typeof READERS;

export const READERS = {
  // Merge keys are YAML 1.1, which is what Kubernetes' own parser reads.
  kubernetes: { merge: true },
  // helm's parser takes `yes` and `on` for true, and neither times nor sums of sixties for numbers.
  helm: {
    version: "1.1",
    merge: true,
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === "string" || (tag.format !== "TIME" && !/timestamp/.test(tag.tag))),
  },
} as const satisfies { readonly [reader: string]: DocumentOptions & SchemaOptions };

const MOST_DOCUMENTS = 20_000;
// Aliases expanded per document: far above what people write, far below what fills the memory ("billion laughs").
const MOST_ALIASES = 1000;

/**
 * The documents of a YAML or JSON text, errors of their syntax left in them. Throws UsageError as soon as there are too many.
 * @param reader whose reading of scalars counts
 */
export function parseDocuments({ shown, text }: Source, reader: Reader = "kubernetes"): readonly ParsedDocument[] {
  const lines = new LineCounter();
  const documents: Document.Parsed[] = [];
  for (const document of documentsOf(text, { lines, ...READERS[reader] })) {
    documents.push(document);
    if (documents.length > MOST_DOCUMENTS) {
      throw new UsageError(`${shown}: more than ${MOST_DOCUMENTS} documents in one file: split it`);
    }
  }
  let start = 0;
  return documents.map((document) => {
    const end = document.range?.[2] ?? text.length;
    const range = [start, end] as const;
    start = end;
    return { shown, text, lines, document, range };
  });
}

/** Throws UsageError with path and line where the text cannot be parsed. */
export function checkSyntax({ shown, lines, document }: ParsedDocument): void {
  const wrong = document.errors[0];
  if (wrong === undefined) return;
  const { line, col } = lines.linePos(wrong.pos[0]);
  throw new UsageError(`${shown}:${line}: ${syntaxMessage(wrong)} at line ${line}, column ${col}`);
}

function syntaxMessage({ message }: YAMLParseError): string {
  return message.split("\n")[0]?.replace(/:$/, "") ?? "";
}

/** The value of a document. Throws UsageError for aliases beyond reason. */
export function plainOf({ shown, document }: ParsedDocument): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new UsageError(`${shown}: ${error instanceof Error ? error.message : error}`);
  }
}

/** The object that a document is, or the items of the List that it is, with the keys that lead there. */
export function objectsOf(
  value: unknown,
  at: readonly Key[] = [],
): readonly { readonly object: JsonObject; readonly at: readonly Key[] }[] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  const isList = typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
  if (!isList) return [{ object: value, at }];
  return items.flatMap((item, i) => objectsOf(item, [...at, "items", i]));
}
