import { apply_patch } from "jsonpatch";
import { type Document, isMap, isScalar, isSeq, LineCounter, Scalar, visit } from "yaml";
import type { Operation } from "../../../core/diff.ts";
import { sameJson } from "../../../core/json.ts";
import { documentOf } from "../../../core/yaml/parse.ts";
import { dashOf, startOf } from "./node-ends.ts";
import { spliceOf } from "./splice.ts";
import { indentAt } from "./text-lines.ts";
import type { Style } from "./written.ts";

/**
 * A document of YAML or JSON with a JSON Patch done in its text, all else as it stood.
 * @param text one document, lines ended by line feeds
 * @returns undefined where its text cannot say it: what is read from it again must be the patched value
 */
export function editDocument(text: string, patch: readonly Operation[]): string | undefined {
  let now = text;
  for (const operation of patch) {
    const document = parse(now);
    const wanted = patched(document, operation);
    const splice =
      wanted === undefined ? undefined : spliceOf({ text: now, document, style: styleOf(now, document) }, operation);
    if (splice === undefined) return undefined;
    now = now.slice(0, splice.start) + splice.text + now.slice(splice.end);
    const made = parse(now);
    if (made.errors.length > 0 || !sameJson(made.toJS(), wanted)) return undefined;
  }
  return now;
}

function parse(text: string): Document {
  return documentOf(text, { lines: new LineCounter(), merge: true });
}

function patched(document: Document, operation: Operation): unknown {
  try {
    // The library changes what it is given.
    return apply_patch(structuredClone(document.toJS()), [operation]);
  } catch {
    return undefined;
  }
}

function styleOf(text: string, document: Document): Style {
  let indentSeq = true;
  let isPadded = false;
  visit(document, {
    Collection: (_key, node) => {
      if (node.flow !== true || node.items.length === 0) return undefined;
      isPadded = text[startOf(node) + 1] === " ";
      return visit.BREAK;
    },
  });
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (!isScalar(key) || !isSeq(value) || value.flow === true || value.items.length === 0) return undefined;
      const dash = dashOf(text, value, value.items[0]);
      indentSeq = indentAt(text, dash).length > indentAt(text, startOf(key)).length;
      return visit.BREAK;
    },
  });
  return { json: isJson(document), indentSeq, isPadded };
}

function isJson({ contents }: Document): boolean {
  if (!isMap(contents) || contents.flow !== true) return false;
  const key = contents.items[0]?.key;
  return isScalar(key) && key.type === Scalar.QUOTE_DOUBLE;
}
