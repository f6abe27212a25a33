import { type Budget, parseBudget } from "../core/cost/budget.ts";
import { UsageError } from "../option.ts";

/** The budget an option states. Throws UsageError for a text that is none. */
export function budgetOf(text: string | undefined, flag = "--budget"): Budget | undefined {
  if (text === undefined) return undefined;
  const budget = parseBudget(text);
  if (budget !== undefined) return budget;
  throw new UsageError(
    `${flag} is ${JSON.stringify(text)}: expected USD per month or hour, such as 5000/month or 7.50/hour`,
  );
}
