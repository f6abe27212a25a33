import { type Amount, shownUsd, sum } from "../cost/amount.ts";
import { judge, shownVerdict } from "../cost/budget.ts";
import { priceOfRun } from "../cost/cost.ts";
import { error } from "../issue.ts";
import { isWorkspace } from "../kinds/is-workspace.ts";
import type { RepositoryCheck, Seen } from "./repository.ts";

/** All that runs together costs more than the budget, or is not known not to; told at the dearest. */
export const budget: RepositoryCheck = (all, { budget: total, catalogue }) => {
  if (total === undefined) return [];
  const runs = all.flatMap((seen) => {
    const { run } = seen;
    return run === undefined ? [] : [{ seen, subject: run.subject, ...priceOfRun(run, catalogue) }];
  });
  const amounts = runs.flatMap(({ amount }) => (amount === undefined ? [] : [amount]));
  const [verdict] = judge(runs, sum(amounts), { total });
  if (verdict?.over !== true) return [];
  const [dearest] = runs.toSorted((a, b) => hourly(b.amount) - hourly(a.amount));
  if (dearest === undefined) return [];
  const text = `${shownVerdict(verdict)}; this is the dearest${costs(dearest.amount)}: foresail cost shows all`;
  return [{ seen: dearest.seen, issue: error(pathOf(dearest.seen), "cost/over-budget", text) }];
};

/** What has no known price could be the dearest. */
function hourly(amount: Amount | undefined): number {
  return amount?.hourlyUsd ?? Number.POSITIVE_INFINITY;
}

function costs(amount: Amount | undefined): string {
  return amount === undefined
    ? ", of which no price is known"
    : ` with ${shownUsd(amount.monthlyUsd, amount.bound)}/month`;
}

function pathOf({ object }: Seen): string {
  return isWorkspace(object) ? "resource" : "";
}
