import { type Amount, shownUsd } from "../../core/cost/amount.ts";
import { shownVerdict } from "../../core/cost/budget.ts";
import type { Costs, RunCost } from "../../core/cost/cost.ts";
import { counted } from "../../core/explain/quantity.ts";
import { fitted, type Section } from "../../core/report/fitted.ts";
import { code, MOST_OF_COMMENT, prose } from "../../core/report/markdown-text.ts";
import { shownName } from "../../core/report/shown.ts";
import { cheaperLine, nodesText, notes } from "./notes.ts";
import type { Statement } from "./statement.ts";

/**
 * A statement as GitHub-flavoured Markdown: a table, then what is to be known of its lines. Nothing that comes from files is
 * markup, a mention or a line of its own; what does not fit is cut in whole rows.
 */
export function costMarkdown({ catalogue, costs, refused, verdicts }: Statement): string {
  const { runs, total, prices } = costs;
  const over = verdicts.filter((one) => one.over);
  const remarks = runs.flatMap((run) =>
    [...notes(run), cheaperLine(run) ?? []].flat().map((text) => `${code(shownName(run.subject))}: ${prose(text)}`),
  );
  const head = `**${shown(total.amount, "monthlyUsd")}/month** for ${counted(runs.length, "run")}, catalogue ${prose(catalogue)}\n`;
  return fitted(
    head,
    [
      tableOf(costs),
      listOf("remark", remarks, 3),
      listOf("refused object", refused.map(refusal), 1),
      listOf(
        "budget",
        over.map((one) => `**over budget**: ${prose(shownVerdict(one))}`),
        0,
      ),
      listOf("price table", prices.map(priceText), 0),
    ],
    MOST_OF_COMMENT,
  );
}

function tableOf({ runs, total }: Costs): Section {
  return {
    row: "run",
    open: `\n${row(["Workspace", "Nodes", "Size", "Region", "Capacity", "USD/h", "USD/month", "Spot USD/month"])}|---|---|---|---|---|--:|--:|--:|\n`,
    rows: runs.map((run) => row(cellsOf(run))),
    close: row(["**total**", String(total.nodes), "", "", "", ...amounts(total)]),
    rank: 2,
    share: 0.8,
  };
}

function listOf(what: string, items: readonly string[], rank: number): Section {
  return { row: what, open: "\n", rows: items.map((item) => `- ${item}\n`), close: "", rank, share: 1 };
}

function refusal({ subject, place }: Statement["refused"][number]): string {
  return `not priced: ${code(shownName(subject))} is refused (${code(`${place.file}:${place.line}`)})`;
}

function priceText({ source, date, stale, ageDays }: Costs["prices"][number]): string {
  return prose(`Prices: ${source}, ${date}${stale ? `, ${ageDays} days old` : ""}`);
}

function cellsOf(run: RunCost): readonly string[] {
  const { subject, instanceType, region = "", capacityTypes, provision } = run;
  const size = instanceType === undefined ? "" : code(instanceType);
  const where = provision ? [region, capacityTypes.join(", ")] : ["own nodes", ""];
  return [code(shownName(subject)), prose(nodesText(run)), size, ...where.map((text) => prose(text)), ...amounts(run)];
}

function amounts({ amount, spot }: { readonly amount?: Amount; readonly spot?: Amount }): readonly string[] {
  return [shown(amount, "hourlyUsd"), shown(amount, "monthlyUsd"), shown(spot, "monthlyUsd")];
}

function shown(amount: Amount | undefined, member: "hourlyUsd" | "monthlyUsd"): string {
  return amount === undefined ? "unknown" : prose(shownUsd(amount[member], amount.bound));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
