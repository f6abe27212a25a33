import { type Amount, amountOf, sum } from "../cost/amount.ts";
import type { Level } from "../issue.ts";
import type { CheckedWorkspace, Finding, Summary } from "./report.ts";

/**
 * The sums of a report. Waived findings are counted apart; what has no known price costs nothing here.
 * @param templates pod templates that ask for a preset; without an amount: refused, or of no known price
 */
export function summarised(
  workspaces: readonly CheckedWorkspace[],
  templates: readonly { readonly amount?: Amount }[],
  findings: readonly Finding[],
): Summary {
  const amounts = [
    ...workspaces.flatMap(({ runs }) => runs ?? []).map(priceOf),
    ...templates.map(({ amount }) => amount),
  ];
  const { hourlyUsd, monthlyUsd, bound } = sum(amounts.filter((amount) => amount !== undefined));
  const open = findings.filter(({ waiver }) => waiver === undefined);
  const count = (level: Level): number => open.filter((finding) => finding.level === level).length;
  const notices = count("notice");
  return {
    workspaces: workspaces.length,
    presetTemplates: templates.length,
    errors: count("error"),
    warnings: count("warning"),
    ...(notices === 0 ? {} : { notices }),
    waived: findings.length - open.length,
    hourlyPriceUsd: hourlyUsd,
    monthlyPriceUsd: monthlyUsd,
    priceBound: bound,
  };
}

/** What a Workspace costs; undefined where nothing is bought or the price is not known. */
export function priceOf({
  hourlyPriceUsd,
  priceBound,
}: Pick<NonNullable<CheckedWorkspace["runs"]>, "hourlyPriceUsd" | "priceBound">): Amount | undefined {
  return hourlyPriceUsd === undefined ? undefined : amountOf(hourlyPriceUsd, priceBound);
}
