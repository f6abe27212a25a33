import type { Subject } from "../report/report.ts";
import { shownName } from "../report/shown.ts";
import { type Amount, shownUsd } from "./amount.ts";
import type { RunCost } from "./cost.ts";

/** The most that may be spent. */
export interface Budget {
  readonly usd: number;
  readonly per: "hour" | "month";
}

export interface Budgets {
  readonly total?: Budget;
  /** Of each Workspace. */
  readonly perWorkspace?: Budget;
}

export interface Verdict {
  readonly scope: "total" | "workspace";
  /** Absent for the total. */
  readonly subject?: Subject;
  readonly budget: Budget;
  /** In USD per hour or month, as the budget is. Absent: no price is known. */
  readonly usd?: number;
  readonly bound?: Amount["bound"];
  /** How many have no price that could be counted. */
  readonly unpriced: number;
  /** Above the budget, or not known to be within it. */
  readonly over: boolean;
}

/** `5000/month` or `7.50/hour`, in USD; undefined for anything else. */
export function parseBudget(text: string): Budget | undefined {
  const [, usd, per] = /^\$?(\d{1,9}(?:\.\d{1,4})?)\/(hour|month)$/.exec(text) ?? [];
  return usd === undefined ? undefined : { usd: Number(usd), per: per === "hour" ? "hour" : "month" };
}

/** How every budget fares. A price that nobody knows is within none: it could be anything. */
export function judge(
  costs: readonly Pick<RunCost, "subject" | "amount">[],
  total: Amount,
  { total: most, perWorkspace }: Budgets,
): readonly Verdict[] {
  const unpriced = costs.filter(({ amount }) => amount === undefined).length;
  return [
    ...(most === undefined ? [] : [verdict({ scope: "total" }, most, total, unpriced)]),
    ...(perWorkspace === undefined
      ? []
      : costs.map(({ subject, amount }) =>
          verdict({ scope: "workspace", subject }, perWorkspace, amount, amount === undefined ? 1 : 0),
        )),
  ];
}

function verdict(
  about: Pick<Verdict, "scope" | "subject">,
  budget: Budget,
  amount: Amount | undefined,
  unpriced: number,
): Verdict {
  if (amount === undefined) return { ...about, budget, unpriced, over: true };
  const usd = budget.per === "hour" ? amount.hourlyUsd : amount.monthlyUsd;
  return { ...about, budget, usd, bound: amount.bound, unpriced, over: unpriced > 0 || usd > budget.usd };
}

/** `total of $5,362.58/month is above the budget of $5,000.00/month` */
export function shownVerdict({ subject, budget, usd, bound = "exact", unpriced, over }: Verdict): string {
  const what = subject === undefined ? "total" : shownName(subject);
  const limit = `the budget of ${shownUsd(budget.usd, "exact")}/${budget.per}`;
  if (usd === undefined) return `${what}: no price is known, so ${limit} may be exceeded`;
  const cost = `${what} of ${shownUsd(usd, bound)}/${budget.per}`;
  if (!over) return `${cost} is within ${limit}`;
  if (usd > budget.usd) return `${cost} is above ${limit}`;
  return `${cost} is within ${limit}, but ${unpriced} without a known price ${unpriced === 1 ? "is" : "are"} not counted`;
}
