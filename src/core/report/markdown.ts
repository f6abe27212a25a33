import { shownUsd } from "../cost/amount.ts";
import { counted } from "../explain/quantity.ts";
import { fitted } from "./fitted.ts";
import { findingSections } from "./markdown-findings.ts";
import { workspaceTable } from "./markdown-table.ts";
import { MOST_OF_COMMENT, prose } from "./markdown-text.ts";
import type { FormatOptions } from "./options.ts";
import type { Report } from "./report.ts";
import { shownCounts } from "./shown.ts";

/** GitHub takes 1 MiB for the summary of a step; a character is at most three bytes of UTF-8. */
const MOST_OF_SUMMARY = 300_000;
const MOST_OF_NAME = 100;

/** A comment for a pull request, headed by the hidden marker that finds it again. */
export function markdown(report: Report, { key }: FormatOptions): string {
  return fitted(`${reportMarker(key)}\n${headOf(report)}`, sectionsOf(report), MOST_OF_COMMENT);
}

/** The same for `$GITHUB_STEP_SUMMARY`: with no marker, since nobody updates it, and more room. */
export function summary(report: Report): string {
  return fitted(headOf(report), sectionsOf(report), MOST_OF_SUMMARY);
}

/**
 * The line by which a comment of ours is known. Nothing else in it can be this text: every `<` of somebody else is escaped.
 * @param key tells several checks of one pull request apart; what no file name has becomes `-`
 */
export function reportMarker(key: string): string {
  return `<!-- foresail:report:${key.slice(0, MOST_OF_NAME).replace(/[^A-Za-z0-9._/]+/g, "-")} -->`;
}

function headOf(report: Report): string {
  const { summary, catalogue } = report;
  const { errors, warnings, workspaces, presetTemplates, monthlyPriceUsd, priceBound } = summary;
  const mark = errors > 0 ? "❌" : warnings > 0 ? "⚠️" : "✅";
  const prices =
    catalogue.pricesAsOf === undefined ? "" : ` with prices of ${prose(catalogue.pricesAsOf, MOST_OF_NAME)}`;
  const facts = [
    counted(workspaces, "Workspace"),
    ...(presetTemplates === 0 ? [] : [`${counted(presetTemplates, "template")} of preset pods`]),
    `${prose(shownUsd(monthlyPriceUsd, priceBound))} a month`,
    `catalogue ${prose(catalogue.id, MOST_OF_NAME)}${prices}`,
  ];
  return `### ${mark} foresail check: ${shownCounts(summary)}\n\n${facts.join(", ")}\n`;
}

function sectionsOf({ workspaces, findings }: Report): ReturnType<typeof findingSections> {
  const [errors, ...others] = findingSections(findings);
  return [...(errors === undefined ? [] : [errors]), workspaceTable(workspaces), ...others];
}
