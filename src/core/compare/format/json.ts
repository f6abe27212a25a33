import { printableJson } from "../../report/printable.ts";
import type { Comparison } from "../comparison.ts";

/** The whole comparison; keys sorted, so the same bytes for the same comparison. */
export function comparisonJson(comparison: Comparison): string {
  return printableJson(comparison);
}
