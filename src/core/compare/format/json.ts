import { sorted } from "../../canonical.ts";
import type { Comparison } from "../comparison.ts";

/** The whole comparison; keys sorted, so the same bytes for the same comparison. */
export function comparisonJson(comparison: Comparison): string {
  return `${JSON.stringify(sorted(comparison), null, 2)}\n`;
}
