import { shownUsd } from "../cost/amount.ts";
import { counted, shownNumber } from "../explain/quantity.ts";
import { issueList } from "../html/issue.ts";
import { html } from "../html/markup.ts";
import { type Metric, page, type Tone } from "../html/page.ts";
import { folded } from "../html/parts.ts";
import { checkedCard } from "./html-workspace.ts";
import { printable } from "./printable.ts";
import type { CheckedWorkspace, Finding, Report, Subject } from "./report.ts";
import { shownSubject } from "./shown.ts";

// A reader unfolds what is of interest among many; among few all is seen at once.
const MOST_OPEN = 6;

/** A page for whoever reviews: complete in itself, it loads and runs nothing. */
export function html5(report: Report): string {
  const { workspaces, findings, catalogue, tool, summary } = report;
  const asOf = catalogue.pricesAsOf === undefined ? "" : ` on ${printable(catalogue.pricesAsOf)}`;
  const open = findings.filter(({ waiver }) => waiver === undefined);
  const waived = findings.filter(({ waiver }) => waiver !== undefined);
  const { owned, others } = assigned(workspaces, open);
  const isOpen = (own: readonly Finding[]): boolean => own.length > 0 || workspaces.length <= MOST_OPEN;
  const cards = workspaces.map((one, i) => checkedCard(one, owned[i] ?? [], isOpen(owned[i] ?? [])));
  const none = html`<p class="panel">No Workspace found.</p>\n`;
  const list = html`<div class="panel">${folded(counted(waived.length, "waived finding"), issueList(waived.map(named)))}</div>\n`;
  return page({
    command: "foresail check",
    verdict: verdictOf(summary),
    tone: toneOf(report),
    metrics: metricsOf(report),
    sections: [
      ...(others.length === 0
        ? []
        : [{ id: "others", title: "Other findings", content: issueList(others.map(named)) }]),
      { id: "workspaces", title: "Workspaces", content: cards.length === 0 ? none : cards },
      ...(waived.length === 0 ? [] : [{ id: "waived", title: "Waived", content: list }]),
    ],
    foot: [
      `foresail ${printable(tool.version)}, catalogue ${printable(catalogue.id)}. Prices are those of the dearest capacity type that is allowed${asOf}, a month has 730 hours; what has no known price, and what is refused, adds nothing.`,
    ],
  });
}

function verdictOf({ errors, warnings }: Report["summary"]): string {
  if (errors + warnings === 0) return "Nothing to mend";
  return [
    ...(errors === 0 ? [] : [counted(errors, "error")]),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
  ].join(", ");
}

function toneOf({ summary }: Report): Tone {
  return summary.errors > 0 ? "error" : summary.warnings > 0 ? "warning" : "good";
}

function metricsOf({ summary }: Report): readonly Metric[] {
  const { errors, warnings, waived, workspaces, presetTemplates, monthlyPriceUsd, hourlyPriceUsd, priceBound } =
    summary;
  return [
    { name: "Errors", value: shownNumber(errors), tone: errors > 0 ? "error" : "good" },
    {
      name: "Warnings",
      value: shownNumber(warnings),
      tone: warnings > 0 ? "warning" : "good",
      ...(waived === 0 ? {} : { note: `${shownNumber(waived)} waived` }),
    },
    {
      name: "Workspaces",
      value: shownNumber(workspaces),
      ...(presetTemplates === 0 ? {} : { note: `${counted(presetTemplates, "template")} of preset pods` }),
    },
    {
      name: "Price a month",
      value: shownUsd(monthlyPriceUsd, priceBound),
      note: `${shownUsd(hourlyPriceUsd, priceBound)} an hour`,
    },
  ];
}

function named(finding: Finding): Finding & { readonly about?: string } {
  const { subject, path } = finding;
  if (subject === undefined) return finding;
  return { ...finding, about: `${shownSubject(subject)}${path === "" ? "" : ` ${path}`}` };
}

/** Findings by the Workspace they are about: of several with one name, as overlays have them, that of the same file. */
function assigned(
  workspaces: readonly CheckedWorkspace[],
  findings: readonly Finding[],
): { readonly owned: readonly (readonly Finding[])[]; readonly others: readonly Finding[] } {
  const indexes = Map.groupBy(workspaces.keys(), (i) => keyOf(workspaces[i]));
  const ownerOf = ({ subject, place }: Finding): number | undefined => {
    if (subject?.kind !== "Workspace") return undefined;
    const same = indexes.get(keyOf(subject)) ?? [];
    return same.find((i) => workspaces[i]?.place.file === place.file) ?? same[0];
  };
  const byOwner = Map.groupBy(findings, ownerOf);
  return { owned: workspaces.map((_, i) => byOwner.get(i) ?? []), others: byOwner.get(undefined) ?? [] };
}

function keyOf(one: Omit<Subject, "kind"> | undefined): string {
  return JSON.stringify([one?.group, one?.namespace, one?.name]);
}
