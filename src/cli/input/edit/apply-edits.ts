import type { Edit } from "../../../core/report/report.ts";

export interface AppliedEdits {
  /** The files that changed, with their text afterwards. */
  readonly files: ReadonlyMap<string, string>;
  /** For each group whether it was done. */
  readonly done: readonly boolean[];
}

/**
 * Does edits in the texts of files. The edits of a group (one finding's fix) are done together or not at all: a group that
 * touches lines of an earlier one is left, and finds its lines again in the next run. The same edit asked for twice is done once.
 * @param files texts by name as edits have it
 */
export function applyEdits(files: ReadonlyMap<string, string>, groups: readonly (readonly Edit[])[]): AppliedEdits {
  const taken: Edit[] = [];
  const done = groups.map((group) => {
    const isFree = group.every(
      (edit) => files.has(edit.file) && taken.every((other) => !overlaps(edit, other) || isSame(edit, other)),
    );
    if (isFree) taken.push(...group.filter((edit) => !taken.some((other) => isSame(edit, other))));
    return isFree;
  });
  const changed = new Map<string, string>();
  for (const file of new Set(taken.map((edit) => edit.file))) {
    const edits = taken.filter((edit) => edit.file === file).sort((a, b) => b.line - a.line);
    changed.set(file, edits.reduce(withEdit, files.get(file) ?? ""));
  }
  return { files: changed, done };
}

function withEdit(text: string, { line, endLine, text: made }: Edit): string {
  const lines = text.split("\n");
  // Lines of a file from Windows keep their carriage returns.
  const end = lines[line - 1]?.endsWith("\r") ? "\r" : "";
  const given = made === "" ? [] : made.split("\n").map((one) => one + end);
  lines.splice(line - 1, endLine - line + 1, ...given);
  return lines.join("\n");
}

function overlaps(a: Edit, b: Edit): boolean {
  return a.file === b.file && a.line <= b.endLine && b.line <= a.endLine;
}

function isSame(a: Edit, b: Edit): boolean {
  return a.file === b.file && a.line === b.line && a.endLine === b.endLine && a.text === b.text;
}
