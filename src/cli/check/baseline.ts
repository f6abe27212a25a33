import { readFileSync } from "node:fs";
import { isObject } from "../../core/json.ts";
import type { Report } from "../../core/report/report.ts";
import { UsageError } from "../../option.ts";
import { writeReport } from "../write-reports.ts";

const VERSION = 1;

/** Fingerprints of what was found before. Throws UsageError for a file that is none of these. */
export function readBaseline(path: string): ReadonlySet<string> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--baseline ${path}: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(value) || value["version"] !== VERSION || !Array.isArray(value["findings"])) {
    throw new UsageError(`--baseline ${path}: this is no baseline; write one with --write-baseline`);
  }
  return new Set(value["findings"].filter(isObject).map((one) => String(one["fingerprint"])));
}

/** Writes what a report finds and nobody has waived, so that only what is new counts from now on. */
export function writeBaseline(path: string, report: Report): number {
  const open = report.findings.filter(({ waiver }) => waiver === undefined || waiver.by === "baseline");
  const findings = open.map(({ fingerprint, code, subject, path: field }) => ({
    code,
    field,
    fingerprint,
    object: subject === undefined ? "" : `${subject.namespace}/${subject.name}`,
  }));
  const sorted = findings.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  writeReport(path, `${JSON.stringify({ version: VERSION, findings: sorted }, null, 2)}\n`);
  return findings.length;
}
