import type { Explanation } from "../../core/explain/explanation.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Explained } from "./explained.ts";

/** Grows when a member changes its meaning or goes; new members leave it as it is. */
const FORMAT = 1;

/** All explanations as one JSON document (docs/explain.md). */
export function explanationJson(all: readonly Explained[], today: string, release: string): string {
  const workspaces = all.map(({ explanation, shown, placeOf }) => ({
    ...(shown === undefined ? {} : { file: shown }),
    ...located(explanation, shown, placeOf),
  }));
  return `${JSON.stringify({ format: FORMAT, catalogue: release, today, workspaces } as unknown as JsonObject, null, 2)}\n`;
}

/** With the line of every value that is stated, and the file where it is another. */
function located(explanation: Explanation, shown: string | undefined, placeOf: Explained["placeOf"]): Explanation {
  // A fix is a patch of the object; check prints it as edits of its files.
  const told = explanation.issues.map(({ fix: _, ...issue }) => issue);
  if (placeOf === undefined) return { ...explanation, issues: told };
  const at = (path: string): { readonly file?: string; readonly line: number } => {
    const { file, line } = placeOf(path);
    return file === shown ? { line } : { file, line };
  };
  const values = explanation.values.map((value) =>
    value.field === undefined ? value : { ...value, ...at(value.field) },
  );
  const issues = told.map((issue) => ({ ...issue, ...at(issue.path) }));
  return { ...explanation, values, issues };
}
