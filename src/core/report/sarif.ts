import { byCodePoint } from "../json.ts";
import type { RuleCode } from "../rules.ts";
import type { FormatOptions } from "./options.ts";
import { printableJson } from "./printable.ts";
import type { Finding, Report } from "./report.ts";
import { areaOf, ruleOf } from "./rule-of.ts";
import { sarifLevel, sarifResult } from "./sarif-result.ts";
import { summaryLine } from "./shown.ts";

/** GitHub shows the first 5,000 results of a run and refuses a run of more than 25,000. */
const MOST_RESULTS = 5000;
const RANKS = { error: 0, warning: 1, notice: 2 } as const;

/** A SARIF 2.1.0 log of one run. Over 5,000 results errors come before warnings, these before notices, waived ones last, and a note says what is left out. */
export function sarif(report: Report, options: FormatOptions): string {
  const kept = mostUrgent(report.findings);
  const codes = [...new Set(kept.map(({ code }) => code))].sort(byCodePoint);
  return printableJson({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            semanticVersion: report.tool.version,
            rules: codes.map(reportingDescriptor),
          },
        },
        automationDetails: { id: "foresail-check/" },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true, ...notes(report, kept.length) }],
        results: kept.map((finding) => sarifResult(finding, codes.indexOf(finding.code), options)),
      },
    ],
  });
}

function mostUrgent(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MOST_RESULTS) return findings;
  const rank = ({ waiver, level }: Finding): number => (waiver !== undefined ? 3 : RANKS[level]);
  // The sort is stable: within a rank the order of files and lines stays.
  return findings.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_RESULTS);
}

function notes(report: Report, kept: number): object {
  const cut = report.findings.length - kept;
  if (cut === 0) return {};
  const text = `${cut} findings are left out, the least urgent ones; all together: ${summaryLine(report)}`;
  return { toolExecutionNotifications: [{ level: "note", message: { text } }] };
}

// No helpUri: it must be absolute, and a pinned version's page may be anywhere. The help is all that docs/rules.md has.
function reportingDescriptor(code: RuleCode): object {
  const rule = ruleOf(code);
  if (rule === undefined) return { id: code };
  const { means, remedy, level } = rule;
  return {
    id: code,
    shortDescription: { text: means },
    fullDescription: { text: means },
    help: { text: `${means} ${remedy}`, markdown: `${means}\n\n**What to do:** ${remedy}` },
    defaultConfiguration: { level: level === "either" ? "error" : sarifLevel(level) },
    properties: { tags: [areaOf(code)] },
  };
}
