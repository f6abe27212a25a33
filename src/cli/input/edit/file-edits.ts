import type { Operation } from "../../../core/diff.ts";
import type { Edit } from "../../../core/report/report.ts";
import type { ParsedDocument } from "../document.ts";
import { editDocument } from "./edit-document.ts";
import { lineHunks } from "./line-hunks.ts";

/** A JSON Patch on one document as whole-line edits of its file; undefined where its text cannot say it. */
export function fileEdits(parsed: ParsedDocument, patch: readonly Operation[]): readonly Edit[] | undefined {
  const { shown, text, range, inset } = parsed;
  const [start, end] = range;
  const before = text.slice(start, end).replaceAll("\r\n", "\n");
  if (inset === "fixed") return undefined;
  const after = editDocument(before, patch);
  if (after === undefined) return undefined;
  const whole = (part: string): readonly string[] =>
    (text.slice(0, start).replaceAll("\r\n", "\n") + part + text.slice(end).replaceAll("\r\n", "\n")).split("\n");
  const edits = lineHunks(shown, whole(before), whole(after));
  if (inset === undefined) return edits;
  return edits.map(({ line, endLine, text: made }) => ({
    file: shown,
    line: line + inset.lines,
    endLine: endLine + inset.lines,
    text: made.replaceAll(/^(?=.)/gm, inset.indent),
  }));
}
