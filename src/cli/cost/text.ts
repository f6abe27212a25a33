import { type Amount, shownUsd } from "../../core/cost/amount.ts";
import { shownVerdict } from "../../core/cost/budget.ts";
import type { RunCost } from "../../core/cost/cost.ts";
import type { PriceSource } from "../../core/explain/explanation.ts";
import { counted } from "../../core/explain/quantity.ts";
import { shownName } from "../../core/report/shown.ts";
import { asAscii, coloured, type Style } from "../explain/style.ts";
import { tableRows, wrapped } from "../explain/table.ts";
import { cheaperLine, notes, whereLine } from "./notes.ts";
import type { Statement } from "./statement.ts";

const BOLD = 1;
const HEAD = ["WORKSPACE", "$/H", "$/MONTH", "SPOT $/MONTH"] as const;
// Names give way before amounts do.
const NARROWEST_NAME = 16;

/** Costs as a table, what is to be known of each run below its line; ends with a line break. */
export function costText(statement: Statement, style: Style): string {
  const { costs, refused, verdicts, catalogue } = statement;
  const { runs, total, prices } = costs;
  const cell = (text: string): string => (style.ascii ? asAscii(text) : text);
  const rows = [
    HEAD,
    ...runs.map((run) => [shownName(run.subject), ...amountCells(run)]),
    ["total", ...amountCells(total)],
  ].map((row) => row.map(cell));
  const layout = { right: [1, 2, 3], yielding: [[0, NARROWEST_NAME]] as const };
  const [head = [], ...lines] = tableRows(rows, style.width, layout);
  const last = lines.at(-1) ?? [];
  const below = (text: string): readonly string[] => wrapped(cell(text), style.width - 4).map((line) => `    ${line}`);
  const details = runs.map((run) => runLines(run).flatMap(below));
  return `${[
    ...wrapped(cell(`Costs of ${counted(runs.length, "run")}, catalogue ${catalogue}`), style.width),
    ...head,
    ...lines.slice(0, -1).flatMap((row, i) => [...row, ...(details[i] ?? [])]),
    ...last.map((line) => coloured(line, BOLD, style)),
    ...below(totalLine(statement)),
    ...refused.flatMap(({ subject, place }) =>
      wrapped(cell(`not priced: ${shownName(subject)} is refused (${place.file}:${place.line})`), style.width),
    ),
    ...verdicts.filter(isTold).flatMap((one) => wrapped(cell(shownVerdict(one)), style.width)),
    ...prices.flatMap((price) => wrapped(cell(priceText(price)), style.width)),
  ].join("\n")}\n`;
}

function runLines(run: RunCost): readonly string[] {
  const cheaper = cheaperLine(run);
  return [whereLine(run), ...notes(run), ...(cheaper === undefined ? [] : [cheaper])];
}

/** Every Workspace that keeps its budget is no news. */
function isTold({ scope, over }: Statement["verdicts"][number]): boolean {
  return over || scope === "total";
}

interface Amounts {
  readonly amount?: Amount;
  readonly spot?: Amount;
}

/** Dollar signs are in the head of the table. */
function amountCells({ amount, spot }: Amounts): readonly string[] {
  const shown = (value: number | undefined, of: Amount | undefined): string =>
    value === undefined || of === undefined ? "unknown" : shownUsd(value, of.bound).replace("$", "");
  return [shown(amount?.hourlyUsd, amount), shown(amount?.monthlyUsd, amount), shown(spot?.monthlyUsd, spot)];
}

function totalLine({ costs, refused }: Statement): string {
  const { nodes, unpriced, onDemand, amount } = costs.total;
  const all = [
    counted(nodes, "node"),
    ...(onDemand.hourlyUsd === amount.hourlyUsd
      ? []
      : [`on demand ${shownUsd(onDemand.monthlyUsd, onDemand.bound)}/month`]),
    ...(unpriced > 0 ? [`${unpriced} without a known price`] : []),
    ...(refused.length > 0 ? [`${refused.length} refused`] : []),
  ];
  return all.join(", ");
}

function priceText({ source, date, ageDays, stale }: PriceSource): string {
  return `Prices: ${source}, ${date}${stale ? `, ${ageDays} days old` : ""}`;
}
