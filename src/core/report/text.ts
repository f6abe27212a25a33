import type { FormatOptions } from "./options.ts";
import type { Finding, Report } from "./report.ts";
import { shownMessage, shownPlace, shownSubject, shownWaiver, summaryLine } from "./shown.ts";

// SGR codes of ECMA-48.
const BOLD = 1;
const DIM = 2;
const RED = 31;
const YELLOW = 33;
const CYAN = 36;

/** One line for each finding, `path:line:col level rule Kind namespace/name: message (fix: …)`, and always a summary. */
export function text(report: Report, options: FormatOptions): string {
  const shown = report.findings.filter(({ waiver }) => options.waived || waiver === undefined);
  const lines = [...shown.map((finding) => findingLine(finding, options)), summaryLine(report)];
  return `${lines.join("\n")}\n`;
}

function findingLine(finding: Finding, { colour }: FormatOptions): string {
  const { place, level, code, subject, waiver } = finding;
  const at = shownPlace(place);
  const word = waiver === undefined ? level : "waived";
  const about = subject === undefined ? "" : ` ${shownSubject(subject)}`;
  const why = waiver === undefined ? "" : ` (${shownWaiver(waiver)})`;
  const paint = (part: string, sgr: number): string => (colour ? `\x1b[${sgr}m${part}\x1b[0m` : part);
  const severity = waiver !== undefined ? DIM : { error: RED, warning: YELLOW, notice: CYAN }[level];
  return `${paint(at, BOLD)} ${paint(word, severity)} ${code}${about}: ${shownMessage(finding)}${why}`;
}
