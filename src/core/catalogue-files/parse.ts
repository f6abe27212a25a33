import { type Document, isAlias, isScalar, LineCounter, type Node, visit } from "yaml";
import { documentOf } from "../yaml/parse.ts";
import type { CatalogueFile } from "./file.ts";

/** A ConfigMap holds 1 MiB; a frozen release of all models is half of that. */
export const LARGEST_FILE_BYTES = 4 * 1024 * 1024;
// Tuning sections, the deepest part of a catalogue, need six.
const DEEPEST = 32;

/**
 * Reads the text of one catalogue file, YAML or JSON. A text that cannot be read gives a file with `error`, never a throw.
 * @param path where it lies below its directory, or its key in a ConfigMap.
 * @param shown the name to show to people.
 */
export function parseCatalogueFile(path: string, shown: string, text: string): CatalogueFile {
  const refused = (line: number, message: string): CatalogueFile => ({ path, shown, error: { line, message } });
  if (text.length > LARGEST_FILE_BYTES) return refused(1, `is larger than ${LARGEST_FILE_BYTES} bytes: split it`);
  const lines = new LineCounter();
  const lineAt = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line);
  const document = documentOf(text, { lines });
  const wrong = document.errors[0];
  if (wrong !== undefined) return refused(lineAt(wrong.pos[0]), syntaxMessage(wrong.message));
  const unwanted = findUnwanted(document);
  if (unwanted !== undefined) return refused(lineAt(unwanted.offset), unwanted.message);
  return { path, shown, content: document.toJS(), lineOf: (field) => lineAt(offsetOf(document, field)) };
}

function syntaxMessage(message: string): string {
  return message.split("\n")[0]?.replace(/:$/, "") ?? "";
}

/** What is legal YAML and has no place in data: references, which can blow up, and a key that JavaScript treats specially. */
function findUnwanted(
  document: Document,
): { readonly offset: number | undefined; readonly message: string } | undefined {
  let found: { offset: number | undefined; message: string } | undefined;
  visit(document, (key, node, path) => {
    const offset = (node as { range?: readonly number[] } | null)?.range?.[0];
    if (isAlias(node)) found = { offset, message: "aliases (*name) are not taken here: write the value out" };
    else if (path.length > 2 * DEEPEST) found = { offset, message: `is nested more than ${DEEPEST} levels deep` };
    else if (key === "key" && isScalar(node) && node.value === "__proto__")
      found = { offset, message: "__proto__ is no name of anything: remove it" };
    return found === undefined ? undefined : visit.BREAK;
  });
  return found;
}

/**
 * Where the member of a field path starts (`regions.eastus.Standard_X`, `cache[0].layers`), or its nearest parent that is
 * there. Names may hold dots themselves, so the path is matched against the names in the file, the longest first.
 */
function offsetOf(document: Document, field: string): number | undefined {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0];
  let rest = field;
  while (rest !== "" && node !== null) {
    const step = nextStep(node, rest);
    if (step === undefined) return offset;
    ({ node, offset, rest } = step);
  }
  return offset;
}

interface Step {
  readonly node: Node | null;
  readonly offset: number | undefined;
  readonly rest: string;
}

function nextStep(node: Node, path: string): Step | undefined {
  const items = (node as { items?: readonly unknown[] }).items;
  if (items === undefined) return undefined;
  const index = /^\[(\d+)\]\.?/.exec(path);
  if (index !== null) {
    const item = items[Number(index[1])] as Node | undefined;
    return item && { node: item, offset: item.range?.[0], rest: path.slice(index[0].length) };
  }
  const steps = items.flatMap((item) => {
    const { key, value } = item as { key?: unknown; value?: Node | null };
    if (!isScalar(key) || !path.startsWith(String(key.value))) return [];
    const rest = path.slice(String(key.value).length);
    if (rest !== "" && !/^[.[]/.test(rest)) return [];
    return [{ node: value ?? null, offset: key.range?.[0], rest: rest.replace(/^\./, "") }];
  });
  return steps.sort((a, b) => a.rest.length - b.rest.length)[0];
}
