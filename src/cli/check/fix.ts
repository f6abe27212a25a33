import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import type { Report } from "../../core/report/report.ts";
import { applyEdits } from "../input/edit/apply-edits.ts";

/** Carries out the fixes of a report in their files. @returns how many were done, and how many wait for the next run */
export function fixFiles(report: Report): { readonly done: number; readonly left: number } {
  const groups = report.findings
    .filter(({ waiver }) => waiver === undefined)
    .flatMap(({ fix }) => (fix === undefined || fix.edits.length === 0 ? [] : [fix.edits]));
  const names = new Set(groups.flat().map(({ file }) => file));
  const texts = new Map([...names].map((name) => [name, readFileSync(name, "utf8")] as const));
  const { files, done } = applyEdits(texts, groups);
  for (const [file, text] of files) replaceFile(file, text);
  const count = done.filter((one) => one).length;
  return { done: count, left: done.length - count };
}

/** Whole or not at all: whoever is interrupted finds the file as it was. */
function replaceFile(file: string, text: string): void {
  const beside = `${file}.foresail-${process.pid}`;
  writeFileSync(beside, text, { mode: statSync(file).mode });
  renameSync(beside, file);
}
