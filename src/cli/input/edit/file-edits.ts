import type { Operation } from "../../../core/diff.ts";
import type { Edit } from "../../../core/report/report.ts";
import type { ParsedDocument } from "../document.ts";
import { editDocument } from "./edit-document.ts";
import { lineHunks } from "./line-hunks.ts";

/** A JSON Patch on one document as whole-line edits of its file; undefined where its text cannot say it. */
export function fileEdits(parsed: ParsedDocument, patch: readonly Operation[]): readonly Edit[] | undefined {
  const { shown, text, range, inset, lines } = parsed;
  const [start, end] = range;
  const before = text.slice(start, end).replaceAll("\r\n", "\n");
  if (inset === "fixed") return undefined;
  const after = editDocument(before, patch);
  if (after === undefined) return undefined;
  // The lines the document touches and no more: of a file with a thousand of them each would walk over all.
  const lineStart = start === 0 ? 0 : text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end);
  const [head, tail] = [text.slice(lineStart, start), text.slice(end, lineEnd < 0 ? undefined : lineEnd)];
  const touched = (part: string): readonly string[] =>
    (head.replaceAll("\r\n", "\n") + part + tail.replaceAll("\r\n", "\n").replace(/\r$/, "")).split("\n");
  const above =
    inset === undefined ? lines.linePos(lineStart).line - 1 : inset.lines + newlines(text.slice(0, lineStart));
  return lineHunks(shown, touched(before), touched(after)).map(({ line, endLine, text: made }) => ({
    file: shown,
    line: line + above,
    endLine: endLine + above,
    text: inset === undefined ? made : made.replaceAll(/^(?=.)/gm, inset.indent),
  }));
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}
