import { type Amount, shownUsd } from "../../core/cost/amount.ts";
import { shownVerdict } from "../../core/cost/budget.ts";
import type { RunCost } from "../../core/cost/cost.ts";
import { counted } from "../../core/explain/quantity.ts";
import { cheaperLine, nodesText, notes } from "./notes.ts";
import { type Statement, shownSubject } from "./statement.ts";

/** A statement as GitHub-flavoured Markdown: a table, then what is to be known of its lines. */
export function costMarkdown({ catalogue, costs, refused, verdicts }: Statement): string {
  const { runs, total, prices } = costs;
  const remarks = runs.flatMap((run) =>
    [...notes(run), cheaperLine(run) ?? []]
      .flat()
      .map((text) => `- ${escaped(shownSubject(run.subject))}: ${escaped(text)}`),
  );
  const over = verdicts.filter((one) => one.over);
  return `${[
    `**${shown(total.amount, "monthlyUsd")}/month** for ${counted(runs.length, "run")}, catalogue ${escaped(catalogue)}`,
    "",
    "| Workspace | Nodes | Size | Region | Capacity | $/h | $/month | Spot $/month |",
    "|---|---|---|---|---|--:|--:|--:|",
    ...runs.map((run) => row(cellsOf(run))),
    row(["**total**", String(total.nodes), "", "", "", ...amounts(total)]),
    ...(remarks.length === 0 ? [] : ["", ...remarks]),
    ...(refused.length === 0 ? [] : ["", ...refused.map((one) => refusal(one))]),
    ...(over.length === 0 ? [] : ["", ...over.map((one) => `- **over budget**: ${escaped(shownVerdict(one))}`)]),
    "",
    ...prices.map(({ source, date, stale, ageDays }) =>
      escaped(`Prices: ${source}, ${date}${stale ? `, ${ageDays} days old` : ""}`),
    ),
  ].join("\n")}\n`;
}

function refusal({ subject, place }: Statement["refused"][number]): string {
  return `- not priced: ${escaped(shownSubject(subject))} is refused (${escaped(place.file)}:${place.line})`;
}

function cellsOf(run: RunCost): readonly string[] {
  const { subject, instanceType = "", region = "", capacityTypes, provision } = run;
  const where = provision ? [region, capacityTypes.join(", ")] : ["own nodes", ""];
  return [shownSubject(subject), nodesText(run), instanceType, ...where].map(escaped).concat(amounts(run));
}

function amounts({ amount, spot }: { readonly amount?: Amount; readonly spot?: Amount }): readonly string[] {
  return [shown(amount, "hourlyUsd"), shown(amount, "monthlyUsd"), shown(spot, "monthlyUsd")];
}

function shown(amount: Amount | undefined, member: "hourlyUsd" | "monthlyUsd"): string {
  return amount === undefined ? "unknown" : shownUsd(amount[member], amount.bound);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Names of what is refused may hold anything: nothing of them is markup, nor a mention, nor a line of its own. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, " ").replaceAll(/[\\`*_[\]<>|@#~]/g, (sign) => `\\${sign}`);
}
