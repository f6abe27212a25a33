import { error } from "../issue.ts";
import { HOURS_PER_MONTH } from "../prices.ts";
import type { RepositoryCheck } from "./repository.ts";

/** All Workspaces together cost more per month than the budget; told at the dearest. */
export const budget: RepositoryCheck = (all, { monthlyBudgetUsd }) => {
  if (monthlyBudgetUsd === undefined) return [];
  const priced = all.flatMap((seen) => {
    const { nodes, workload } = seen.workspace?.expansion ?? {};
    const hourlyUsd = (nodes?.hourlyPriceUsd ?? 0) * (workload?.replicas ?? 1);
    return nodes?.provision === true && hourlyUsd > 0 ? [{ seen, monthlyUsd: hourlyUsd * HOURS_PER_MONTH }] : [];
  });
  const sum = priced.reduce((all, { monthlyUsd }) => all + monthlyUsd, 0);
  // A cent is the precision of what is printed.
  if (sum <= monthlyBudgetUsd + 0.005) return [];
  const [dearest] = priced.toSorted((a, b) => b.monthlyUsd - a.monthlyUsd);
  if (dearest === undefined) return [];
  const text = `${priced.length} Workspaces cost ${sum.toFixed(2)} USD per month, more than the budget of ${monthlyBudgetUsd.toFixed(2)}; this is the dearest with ${dearest.monthlyUsd.toFixed(2)}: foresail cost shows all`;
  return [{ seen: dearest.seen, issue: error("resource", "cost/over-budget", text) }];
};
