import { printableJson } from "./printable.ts";
import type { Report } from "./report.ts";

/** The report itself, waived findings included; `schemas/report.schema.json` describes it. */
export function json(report: Report): string {
  return printableJson(report);
}
