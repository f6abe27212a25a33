import { diff, type Operation } from "../../core/diff.ts";
import { PIN } from "../../core/explain/upgrade.ts";
import type { Edit } from "../../core/report/report.ts";
import { UsageError } from "../../option.ts";
import { parseDocuments, plainOf } from "../input/document.ts";
import { applyEdits } from "../input/edit/apply-edits.ts";
import { readSource } from "../input/source.ts";

/** A file that is to change. */
export interface ChangedFile {
  readonly before: string;
  readonly after: string;
  readonly edits: readonly Edit[];
}

/**
 * The files that edits change, by path in the order of the edits. Throws UsageError where edits of two Workspaces touch the
 * same lines, and where a file would change in anything but the annotation.
 * @param given texts that are in no file, by name
 */
export function changedFiles(
  groups: readonly (readonly Edit[])[],
  given: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, ChangedFile> {
  const names = [...new Set(groups.flat().map(({ file }) => file))];
  const texts = new Map(names.map((name) => [name, given.get(name) ?? readSource(name).text]));
  const { files, done } = applyEdits(texts, groups);
  const left = groups.find((_, i) => done[i] === false)?.[0];
  if (left !== undefined) {
    throw new UsageError(`${left.file}:${left.line}: two Workspaces stand on this line: give each lines of its own`);
  }
  return new Map(
    names.map((name) => {
      const [before, after] = [texts.get(name) ?? "", files.get(name) ?? ""];
      checkOnlyPins(name, before, after);
      return [name, { before, after, edits: unique(groups.flat().filter(({ file }) => file === name)) }];
    }),
  );
}

/** What was read may have been made of the file rather than stand in it. */
function checkOnlyPins(shown: string, before: string, after: string): void {
  const [old, made] = [before, after].map((text) => parseDocuments({ shown, text }).map(plainOf));
  const operations = diff(old, made);
  if (operations.length > 0 && operations.every(isPin)) return;
  throw new UsageError(`${shown}: its Workspaces are made rather than stated there: name the files that state them`);
}

function isPin(operation: Operation): boolean {
  if (operation.op === "remove") return false;
  if (operation.path.endsWith(PIN.replaceAll("/", "~1"))) return true;
  return JSON.stringify(operation.value).includes(PIN);
}

/** One Workspace may be among what two PATHs name. */
function unique(edits: readonly Edit[]): readonly Edit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
}
