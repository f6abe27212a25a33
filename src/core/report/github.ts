import { counted } from "../explain/quantity.ts";
import type { FormatOptions } from "./options.ts";
import { printable } from "./printable.ts";
import type { Finding, Report } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";
import { shownMessage, shownSubject, summaryLine } from "./shown.ts";

/** GitHub shows this many annotations of one kind for a step, and leaves the rest out without a word. */
const MOST_OF_A_LEVEL = 10;

/** Workflow commands that GitHub shows at the lines of the change, then the summary for whoever reads the log. */
export function github(report: Report, options: FormatOptions): string {
  const open = report.findings.filter(({ waiver }) => waiver === undefined);
  const errors = open.filter(({ level }) => level === "error");
  const warnings = open.filter(({ level }) => level === "warning");
  const shown = [...errors.slice(0, MOST_OF_A_LEVEL), ...warnings.slice(0, MOST_OF_A_LEVEL)];
  const rest = restNotice(errors.length - MOST_OF_A_LEVEL, warnings.length - MOST_OF_A_LEVEL);
  return `${[...shown.map((finding) => annotation(finding, options)), ...rest, summaryLine(report)].join("\n")}\n`;
}

function annotation(finding: Finding, options: FormatOptions): string {
  const { place, code, level, subject } = finding;
  const file = repositoryPath(place.file, options);
  const at =
    file === undefined ? {} : { file: printable(file), line: place.line, endLine: place.line, col: place.column };
  const title = subject === undefined ? code : `${code} ${shownSubject(subject)}`;
  return workflowCommand(level, { ...at, title }, shownMessage(finding));
}

function restNotice(errors: number, warnings: number): readonly string[] {
  const left = [
    ...(errors > 0 ? [counted(errors, "more error")] : []),
    ...(warnings > 0 ? [counted(warnings, "more warning")] : []),
  ];
  if (left.length === 0) return [];
  return [
    workflowCommand("notice", { title: "foresail check" }, `${left.join(" and ")}: the job summary or -o text has all`),
  ];
}

/** `::error file=…::message`, escaped by the rules of GitHub's toolkit. */
function workflowCommand(
  name: string,
  properties: { readonly [name: string]: string | number },
  message: string,
): string {
  const stated = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(String(value))}`);
  return `::${name} ${stated.join(",")}::${escapedData(message)}`;
}

function escapedData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
