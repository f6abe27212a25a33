import type { Explanation } from "../../core/explain/explanation.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Explained } from "./explained.ts";

/** Grows when a member changes its meaning or goes; new members leave it as it is. */
const FORMAT = 1;

/** All explanations as one JSON document (docs/explain.md). */
export function explanationJson(all: readonly Explained[], today: string, release: string): string {
  const workspaces = all.map(({ explanation, shown, lineOf }) => ({
    ...(shown === undefined ? {} : { file: shown }),
    ...located(explanation, lineOf),
  }));
  return `${JSON.stringify({ format: FORMAT, catalogue: release, today, workspaces } as unknown as JsonObject, null, 2)}\n`;
}

/** With the line of every value that stands in the file. */
function located(explanation: Explanation, lineOf: Explained["lineOf"]): Explanation {
  if (lineOf === undefined) return explanation;
  const values = explanation.values.map((value) =>
    value.field === undefined ? value : { ...value, line: lineOf(value.field) },
  );
  const issues = explanation.issues.map((issue) => ({ ...issue, line: lineOf(issue.path) }));
  return { ...explanation, values, issues };
}
