import { type Document, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../core/json.ts";
import { PRESET_LABEL } from "../core/preset-pod/words.ts";
import type { Place } from "../core/report/report.ts";
import { UsageError } from "../option.ts";
import type { Source } from "./sources.ts";

/** One object of a file. */
export interface Manifest {
  /** Path as the user named it. */
  readonly shown: string;
  readonly object: JsonObject;
  /** Line of a field path as issues write it (`metadata.annotations[foresail.dev/zones]`), or of its nearest parent. */
  readonly lineOf: (path: string) => number;
  /** The place of the same, where the object stands in a file. */
  readonly placeOf?: (path: string) => Place;
}

const MOST_DOCUMENTS = 20_000;
// Aliases expanded per document: far above what people write, far below what fills the memory ("billion laughs").
const MOST_ALIASES = 1000;

// The API group of Workspaces, and the label of preset pods.
const OURS = ["kaito.sh/", PRESET_LABEL];
// Keys of the ConfigMaps a Workspace names.
const CONFIG_KEYS = ["inference_config.yaml", "training_config.yaml"];

/**
 * The objects of a YAML or JSON text: every document, and the items of every List. A text that names neither our API group, nor our label,
 * nor settings of ours is skipped unparsed, so that templates which are not YAML yet do no harm.
 * Throws UsageError with path and line for text that cannot be parsed.
 */
export function readManifests({ shown, text }: Source): readonly Manifest[] {
  return readObjects(
    { shown, text },
    OURS.some((word) => text.includes(word)),
  );
}

/** All objects of a text, ours or not. */
export function readAll(source: Source): readonly Manifest[] {
  return readObjects(source, true);
}

function readObjects({ shown, text }: Source, ours: boolean): readonly Manifest[] {
  if (!ours && !CONFIG_KEYS.some((key) => text.includes(key))) return [];
  const lines = new LineCounter();
  const documents = parse(text, lines);
  if (!ours && documents.some(({ errors }) => errors.length > 0)) return [];
  if (documents.length > MOST_DOCUMENTS) {
    throw new UsageError(`${shown}: ${documents.length} documents in one file; at most ${MOST_DOCUMENTS}: split it`);
  }
  return documents.flatMap((document) => {
    const wrong = document.errors[0];
    if (wrong !== undefined) {
      throw new UsageError(`${shown}:${lines.linePos(wrong.pos[0]).line}: ${syntaxMessage(wrong.message)}`);
    }
    return objectsOf(toPlain(document, shown), []).map(({ object, at }) => ({
      shown,
      object,
      lineOf: (path: string) => position(document, lines, [...at, ...keysOf(path)]).line,
      placeOf: (path: string) => {
        const { line, col } = position(document, lines, [...at, ...keysOf(path)]);
        return { file: shown, line, column: col };
      },
    }));
  });
}

function parse(text: string, lines: LineCounter): readonly Document[] {
  // Merge keys are YAML 1.1, which is what Kubernetes' own parser reads.
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true });
  return Array.isArray(parsed) ? parsed : [];
}

function syntaxMessage(message: string): string {
  // The parser meets its own recursion limit and calls that an error of the text, which it is.
  if (message.includes("call stack")) return "nested too deeply to be read";
  return message.split("\n")[0]?.replace(/:$/, "") ?? "";
}

function toPlain(document: Document, shown: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new UsageError(`${shown}: ${error instanceof Error ? error.message : error}`);
  }
}

type Key = string | number;

function objectsOf(value: unknown, at: readonly Key[]): readonly { object: JsonObject; at: readonly Key[] }[] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  const isList = typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
  if (!isList) return [{ object: value, at }];
  return items.flatMap((item, i) => objectsOf(item, [...at, "items", i]));
}

/** `inference.adapters[0].source` → its keys; what stands in brackets is one key, dots and all. */
function keysOf(path: string): readonly Key[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, plain]) => {
    const key = inBrackets ?? plain ?? "";
    return inBrackets !== undefined && /^\d+$/.test(key) ? Number(key) : key;
  });
}

function position(
  document: Document,
  lines: LineCounter,
  keys: readonly Key[],
): { readonly line: number; readonly col: number } {
  for (let depth = keys.length; depth > 0; depth--) {
    const node = keyNode(document, keys.slice(0, depth));
    if (node !== undefined) return lines.linePos(node);
  }
  return lines.linePos(contentStart(document));
}

/** Offset of the key of a member (people look there first), or of a list's item. */
function keyNode(document: Document, keys: readonly Key[]): number | undefined {
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  const last = keys.at(-1);
  const items = (parent as { items?: readonly unknown[] } | null | undefined)?.items;
  if (items === undefined) return undefined;
  if (typeof last === "number") return offsetOf(items[last]);
  const pair = items.find((item) => isScalar((item as { key?: unknown }).key) && keyText(item) === last);
  return pair === undefined ? undefined : offsetOf((pair as { key: unknown }).key);
}

function keyText(pair: unknown): unknown {
  return (pair as { key: { value: unknown } }).key.value;
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | undefined)?.range?.[0];
}

function contentStart(document: Document): number {
  return offsetOf(document.contents) ?? document.range?.[0] ?? 0;
}
