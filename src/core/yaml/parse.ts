import {
  Composer,
  type CST,
  Document,
  type DocumentOptions,
  Lexer,
  type LineCounter,
  type ParsedNode,
  Parser,
  type SchemaOptions,
  YAMLParseError,
} from "yaml";
import { aliasFault } from "./aliases.ts";
import { REPEATED_KEY, repeatedKey } from "./keys.ts";

/**
 * Levels of lists and maps in each other, the document's own among them. A pod template has some 15, and a Workspace of more
 * than 100 is denied by its schema. The parser recurses: 100 KB of brackets take it 290 MiB.
 */
export const MOST_LEVELS = 256;
// Words, signs and spaces: 10 MiB of rendered manifests have 2,100,000. `[0,0,…` has three to a value, each a KiB of memory.
const MOST_LEXEMES = 4_000_000;
// One is shown. Each costs as much as a value, and most of what stands behind the first is its consequence.
const MOST_ERRORS = 100;

// The composer's own check of keys compares every pair of a map: 20,000 keys, 200 KB, take it seconds.
const untrusted = { uniqueKeys: false } as const;

/** How the scalars of a text are read, and where its lines are kept. */
export interface ReadOptions extends DocumentOptions, SchemaOptions {
  readonly lines: LineCounter;
}

/**
 * The documents of a YAML or JSON text, one after the other as they are read, errors of their syntax left in them. What is
 * nested beyond reason ends the reading, and so do values and faults without end: the last document has that as its error.
 */
export function* documentsOf(text: string, options: ReadOptions): Generator<Document.Parsed> {
  yield* composed(text, options, false);
}

/** The one document of a text; a second one is an error of it. */
export function documentOf(text: string, options: ReadOptions): Document.Parsed {
  const documents = composed(text, options, true);
  const first = documents.next().value as Document.Parsed;
  const second = documents.next();
  if (second.done !== true) {
    const [start, end] = second.value.range;
    first.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", "multiple documents where one is expected"));
  }
  return first;
}

interface Reading {
  /** Why the rest is not read. */
  ended?: YAMLParseError;
}

function* composed(text: string, options: ReadOptions, isOne: boolean): Generator<Document.Parsed, void> {
  const { lines, ...rest } = options;
  const composer = new Composer<ParsedNode, true>({ ...untrusted, ...rest });
  const reading: Reading = {};
  const mayRefer = text.includes("*");
  for (const document of composer.compose(tokensOf(text, lines, reading), isOne, text.length)) {
    // What the composer makes where it is asked for one and got none is not the one.
    if (reading.ended === undefined || !isOne) yield withFaults(document, mayRefer);
  }
  if (reading.ended !== undefined) yield broken(reading.ended, text.length);
}

function* tokensOf(text: string, lines: LineCounter, reading: Reading): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let errors = 0;
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === "error") errors++;
      yield token;
    }
    if (errors > MOST_ERRORS) break;
    if (parser.stack.length > MOST_LEVELS) {
      reading.ended = fault(parser.offset - lexeme.length, `nested more than ${MOST_LEVELS} levels deep`);
      return;
    }
    if (++lexemes > MOST_LEXEMES) {
      reading.ended = fault(parser.offset, "more values than are read of one file: split it");
      return;
    }
  }
  yield* parser.end();
}

/** Stands for the document in which the reading ended. */
function broken(error: YAMLParseError, end: number): Document.Parsed {
  const document = new Document(null) as Document & { range: Document.Parsed["range"] };
  document.range = [error.pos[0], end, end];
  document.errors = [error];
  return document as Document.Parsed;
}

function withFaults(document: Document.Parsed, mayRefer: boolean): Document.Parsed {
  if (document.errors.length > 0) return document;
  const repeated = repeatedKey(document);
  if (repeated?.range) document.errors.push(fault(repeated.range[0], REPEATED_KEY));
  const alias = mayRefer ? aliasFault(document) : undefined;
  if (alias !== undefined) document.errors.push(fault(alias.offset, alias.message));
  return document;
}

function fault(offset: number, message: string): YAMLParseError {
  return new YAMLParseError([offset, offset + 1], "RESOURCE_EXHAUSTION", message);
}
