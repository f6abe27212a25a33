import { HOURS_PER_MONTH, roundUsd } from "../prices.ts";
import type { CheckedWorkspace, Finding, Summary } from "./report.ts";

/**
 * The sums of a report. Waived findings are neither errors nor warnings; what has no known price costs nothing here.
 * @param presetTemplates how many pod templates ask for a preset
 */
export function summarised(
  workspaces: readonly CheckedWorkspace[],
  presetTemplates: number,
  findings: readonly Finding[],
): Summary {
  const hourlyPriceUsd = roundUsd(workspaces.reduce((sum, { runs }) => sum + (runs?.hourlyPriceUsd ?? 0), 0));
  const open = findings.filter(({ waiver }) => waiver === undefined);
  const errors = open.filter(({ level }) => level === "error").length;
  return {
    workspaces: workspaces.length,
    presetTemplates,
    errors,
    warnings: open.length - errors,
    waived: findings.length - open.length,
    hourlyPriceUsd,
    monthlyPriceUsd: monthlyUsd(hourlyPriceUsd),
  };
}

/** USD per month of what costs this much per hour, in whole cents. */
export function monthlyUsd(hourlyUsd: number): number {
  return Math.round(hourlyUsd * HOURS_PER_MONTH * 100) / 100;
}
