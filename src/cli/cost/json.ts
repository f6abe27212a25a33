import type { Verdict } from "../../core/cost/budget.ts";
import { printableJson } from "../../core/report/printable.ts";
import type { Statement } from "./statement.ts";

/** Grows when a member changes its meaning or goes; new members leave it as it is. */
const SCHEMA_VERSION = 1;

/** A statement as one JSON document (docs/cost.md). */
export function costJson({ catalogue, today, costs, places, refused, verdicts }: Statement): string {
  const document = {
    schemaVersion: SCHEMA_VERSION,
    catalogue,
    today,
    runs: costs.runs.map((run, i) => ({ place: places[i], ...run })),
    total: { ...costs.total, refused: refused.length },
    refused,
    budgets: verdicts.map(flat),
    prices: costs.prices,
  };
  return printableJson(document);
}

function flat({ budget, ...verdict }: Verdict): object {
  return { ...verdict, limitUsd: budget.usd, per: budget.per };
}
