import { readFileSync } from "node:fs";
import type { Report } from "../../core/report/report.ts";
import { applyEdits } from "../input/edit/apply-edits.ts";
import { writeFiles } from "../write-files.ts";

/**
 * Carries out the fixes of a report in their files. Throws UsageError, with nothing written, where a file is no plain file.
 * @returns how many were done, and how many wait for the next run
 */
export function fixFiles(report: Report): { readonly done: number; readonly left: number } {
  const groups = report.findings
    // What a notice proposes is for whoever looks to decide.
    .filter(({ waiver, level }) => waiver === undefined && level !== "notice")
    .flatMap(({ fix }) => (fix === undefined || fix.edits.length === 0 ? [] : [fix.edits]));
  const names = new Set(groups.flat().map(({ file }) => file));
  const texts = new Map([...names].map((name) => [name, readFileSync(name, "utf8")] as const));
  const { files, done } = applyEdits(texts, groups);
  writeFiles(new Map([...files].map(([file, after]) => [file, { before: texts.get(file) ?? "", after }])));
  const count = done.filter((one) => one).length;
  return { done: count, left: done.length - count };
}
