import { counted } from "../explain/quantity.ts";
import type { Level } from "../issue.ts";
import type { FormatOptions } from "./options.ts";
import { printable } from "./printable.ts";
import type { Finding, Report } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";
import { shownMessage, shownSubject, summaryLine } from "./shown.ts";

/** GitHub shows this many annotations of one kind for a step, and leaves the rest out without a word. */
const MOST_OF_A_LEVEL = 10;
// What is left out is told by a notice.
const MOST: readonly (readonly [Level, number])[] = [
  ["error", MOST_OF_A_LEVEL],
  ["warning", MOST_OF_A_LEVEL],
  ["notice", MOST_OF_A_LEVEL - 1],
];

/** Workflow commands that GitHub shows at the lines of the change, then the summary for whoever reads the log. */
export function github(report: Report, options: FormatOptions): string {
  const open = report.findings.filter(({ waiver }) => waiver === undefined);
  const byLevel = MOST.map(([level, most]) => ({ level, most, own: open.filter((one) => one.level === level) }));
  const shown = byLevel.flatMap(({ own, most }) => own.slice(0, most));
  const rest = restNotice(byLevel.map(({ level, own, most }) => ({ level, more: own.length - most })));
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

function restNotice(all: readonly { readonly level: Level; readonly more: number }[]): readonly string[] {
  const left = all.flatMap(({ level, more }) => (more > 0 ? [counted(more, `more ${level}`)] : []));
  if (left.length === 0) return [];
  return [
    workflowCommand("notice", { title: "foresail check" }, `${enumerated(left)}: the job summary or -o text has all`),
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

/** `a`, `a and b`, `a, b and c`. */
function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
