import type { Operation } from "../../../core/diff.ts";
import type { Edit } from "../../../core/report/report.ts";
import { editDocument } from "./edit-document.ts";
import { lineHunks } from "./line-hunks.ts";

/**
 * A JSON Patch on one document of a file as whole-line edits of the file.
 * @param file its name in the edits
 * @param text the whole file
 * @param range where the document stands in it
 */
export function fileEdits(
  file: string,
  text: string,
  [start, end]: readonly [number, number],
  patch: readonly Operation[],
): readonly Edit[] | undefined {
  const before = text.slice(start, end).replaceAll("\r\n", "\n");
  const after = editDocument(before, patch);
  if (after === undefined) return undefined;
  const whole = (part: string): readonly string[] =>
    (text.slice(0, start).replaceAll("\r\n", "\n") + part + text.slice(end).replaceAll("\r\n", "\n")).split("\n");
  return lineHunks(file, whole(before), whole(after));
}
