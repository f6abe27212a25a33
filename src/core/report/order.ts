import { byCodePoint } from "../json.ts";
import type { Finding, Place } from "./report.ts";

/** Findings by file, line, column and code, bytewise; what a message says decides between those of one place. */
export function ordered(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) =>
      byPlace(a.place, b.place) ||
      byCodePoint(a.code, b.code) ||
      byCodePoint(a.path, b.path) ||
      byCodePoint(a.message, b.message) ||
      byCodePoint(a.fingerprint, b.fingerprint),
  );
}

export function byPlace(a: Place, b: Place): number {
  return byCodePoint(a.file, b.file) || a.line - b.line || a.column - b.column;
}
