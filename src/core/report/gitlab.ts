import { sha256Hex } from "../json.ts";
import type { FormatOptions } from "./options.ts";
import { printable, printableJson } from "./printable.ts";
import type { Finding, Report } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";
import { shownMessage, shownSubject } from "./shown.ts";

/** GitLab's words from info to blocker: a refusal stops the deployment, a warning does not, a notice is for whoever looks. */
const SEVERITY = { error: "critical", warning: "minor", notice: "info" } as const;

/** A Code Quality report: what is not waived. GitLab tells findings apart by fingerprint, so each has one of its own. */
export function gitlab(report: Report, options: FormatOptions): string {
  const open = report.findings.filter(({ waiver }) => waiver === undefined);
  const prints = distinct(open);
  return printableJson(open.map((finding, i) => entry(finding, prints[i] ?? "", options)));
}

function entry(finding: Finding, fingerprint: string, options: FormatOptions): object {
  const { place, code, level, subject } = finding;
  const about = subject === undefined ? "" : `${shownSubject(subject)}: `;
  return {
    description: about + shownMessage(finding),
    check_name: code,
    fingerprint,
    severity: SEVERITY[level],
    location: {
      path: printable(repositoryPath(place.file, options) ?? "stdin"),
      lines: { begin: place.line },
    },
  };
}

/** Two findings of one rule about one field, or objects of one name in two files, differ by file and by which comes first. */
function distinct(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ fingerprint, place }) => {
    const key = `${fingerprint} ${place.file}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return sha256Hex(`${key} ${before}`).slice(0, 32);
  });
}
