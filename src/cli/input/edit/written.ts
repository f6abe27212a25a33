import { Document, Scalar, stringify, visit } from "yaml";
import { isObject } from "../../../core/json.ts";

/** How the text around a value is written. */
export interface Style {
  /** JSON: keys and texts in double quotes. */
  readonly json: boolean;
  /** Whether the items of a list are indented below its key. */
  readonly indentSeq: boolean;
  /** Whether a space stands behind the bracket of a mapping on one line. */
  readonly isPadded: boolean;
}

// Indicators of YAML 1.1 that the library writes plain.
const INDICATORS = ["=", "<<"];

/** Whether YAML 1.1 (what Kubernetes reads) and 1.2 both read this text, written plain, as this text. */
function isPlain(value: string): boolean {
  const plain = `${value}\n`;
  const written = (version: "1.1" | "1.2"): string => stringify(value, { version, lineWidth: 0 });
  return !INDICATORS.includes(value) && written("1.1") === plain && written("1.2") === plain;
}

/** A value that is no collection in the style of the one it replaces. */
export function writtenScalar(value: unknown, former: Scalar.Type | undefined, inFlow: boolean): string {
  if (typeof value !== "string") return JSON.stringify(value ?? null);
  if (former === Scalar.QUOTE_SINGLE && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  if (former === Scalar.QUOTE_DOUBLE || !isPlain(value) || (inFlow && /[,[\]{}]/.test(value))) {
    return JSON.stringify(value);
  }
  return value;
}

/** A value as block lines, the first without indentation, without a line feed at the end. */
export function writtenBlock(value: unknown, { indentSeq }: Style): string {
  const document = asDocument(value, false);
  return document.toString({ lineWidth: 0, indentSeq }).replace(/\n$/, "");
}

/** A value on one line; JSON over several lines where the text around it is. */
export function writtenFlow(value: unknown, { json, isPadded }: Style, indent?: string): string {
  if (json) {
    return indent === undefined
      ? JSON.stringify(value ?? null)
      : JSON.stringify(value ?? null, null, 2).replaceAll("\n", `\n${indent}`);
  }
  if (!isObject(value) && !Array.isArray(value)) return writtenScalar(value, undefined, true);
  return asDocument(value, true)
    .toString({ lineWidth: 0, flowCollectionPadding: isPadded })
    .trimEnd()
    .replaceAll(/\n\s*/g, " ");
}

/** The library writes what its node says; texts that either version would misread are quoted. */
function asDocument(value: unknown, inFlow: boolean): Document {
  const document = new Document(value ?? null, { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_key, node) => {
      if (inFlow || node.items.length === 0) node.flow = true;
    },
    Scalar: (_key, node) => {
      if (typeof node.value !== "string") return;
      const isLines = !inFlow && node.value.includes("\n");
      if (!isLines && !isPlain(node.value)) node.type = Scalar.QUOTE_DOUBLE;
      if (inFlow && /[,[\]{}]/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document;
}
