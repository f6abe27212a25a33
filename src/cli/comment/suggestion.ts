import { posix } from "node:path";
import { objectsAt, textAt } from "../../core/capacity/fields.ts";
import { isObject, type JsonObject, sha256Hex } from "../../core/json.ts";
import { code } from "../../core/report/markdown-text.ts";
import { UsageError } from "../../option.ts";

// A report has more than this only where nobody would read the suggestions.
const MOST_FINDINGS = 5000;
const MOST_LINES = 200;
const LONGEST_TEXT = 20_000;
const LONGEST_PATH = 1000;

/** A change of some lines, proposed where they stand. */
export interface Suggestion {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  /** First line of the comment; the same for the same finding, wherever its lines move. */
  readonly marker: string;
  readonly body: string;
}

/**
 * The suggestions of a report that `foresail check -o json` wrote. It may come from a fork: what has not the shape is left out.
 * Throws UsageError where it is no such report at all.
 * @param directory that files are named from, from the root of the repository; empty: the root
 */
export function suggestionsOf(report: unknown, directory: string): readonly Suggestion[] {
  if (!isObject(report) || report["schemaVersion"] !== 1 || !Array.isArray(report["findings"])) {
    throw new UsageError("--suggestions takes the file that foresail check -o json=FILE writes");
  }
  const all = report["findings"]
    .slice(0, MOST_FINDINGS)
    .filter(isObject)
    .flatMap((finding) => suggestionOf(finding, directory));
  return all.filter((one, i) => all.findIndex(({ marker }) => marker === one.marker) === i);
}

function suggestionOf(finding: JsonObject, directory: string): readonly Suggestion[] {
  const edits = objectsAt(finding, "fix", "edits");
  const [edit] = edits;
  // Several edits belong together, and a suggestion is one.
  if (finding["waiver"] !== undefined || edits.length !== 1 || edit === undefined) return [];
  const { line, endLine, text } = edit;
  const file = typeof edit["file"] === "string" ? posix.join(directory, edit["file"]) : undefined;
  if (!isPath(file) || !isLine(line) || !isLine(endLine) || typeof text !== "string") return [];
  if (endLine < line || endLine - line > MOST_LINES || text.length > LONGEST_TEXT) return [];
  const fingerprint = textAt(finding, "fingerprint") ?? "";
  const marker = `<!-- foresail:suggestion:${sha256Hex(JSON.stringify([fingerprint, file, text])).slice(0, 16)} -->`;
  const message = textAt(finding, "message") ?? "";
  const describes = textAt(finding, "fix", "describes") ?? "";
  const rule = textAt(finding, "code") ?? "";
  const told = `${code(rule, 100)}: ${code(message, 1000)} (fix: ${code(describes)})`;
  return [{ file, line, endLine, marker, body: `${marker}\n${told}\n\n${block(text)}` }];
}

/** Longer fences than any run of backticks within; no lines at all remove what stands there. */
function block(text: string): string {
  const kept = text.replace(/\r\n?/g, "\n");
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}suggestion\n${kept === "" ? "" : `${kept}\n`}${fence}`;
}

function isPath(file: unknown): file is string {
  if (typeof file !== "string" || file === "" || file.length > LONGEST_PATH) return false;
  return !posix.isAbsolute(file) && !posix.normalize(file).startsWith("..") && !/[\p{Cc}\\]/u.test(file);
}

function isLine(line: unknown): line is number {
  return Number.isSafeInteger(line) && (line as number) >= 1;
}
