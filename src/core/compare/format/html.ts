import { shownUsd } from "../../cost/amount.ts";
import { counted, shownNumber } from "../../explain/quantity.ts";
import { html } from "../../html/markup.ts";
import { type Metric, page, type Tone } from "../../html/page.ts";
import { folded } from "../../html/parts.ts";
import { shownName } from "../../report/shown.ts";
import type { Comparison } from "../comparison.ts";
import { comparedCard } from "./html-card.ts";
import { hasChanges, shownRelease } from "./words.ts";

/** A page for whoever reviews the change: complete in itself, it loads and runs nothing. */
export function comparisonHtml(comparison: Comparison): string {
  const { compared, catalogue, base, notes, tool, live } = comparison;
  const told = compared.filter(({ verdict }) => verdict !== "keeps");
  const kept = compared.filter(({ verdict }) => verdict === "keeps");
  const list = html`<ul class="list">${kept.map((one) => html`<li><span class="mono">${shownName(one.subject)}</span> ${shownRelease(one)}</li>\n`)}</ul>\n`;
  const many = `${shownNumber(kept.length)} keep${kept.length === 1 ? "s" : ""} what is stored`;
  return page({
    command: "foresail diff",
    verdict: verdictOf(comparison),
    tone: toneOf(comparison),
    metrics: metricsOf(comparison),
    sections: [
      ...(told.length === 0 ? [] : [{ id: "changes", title: "Changes", content: told.map(comparedCard) }]),
      ...(kept.length === 0
        ? []
        : [{ id: "kept", title: "Unchanged", content: html`<div class="panel">${folded(many, list)}</div>\n` }]),
      ...(compared.length > 0
        ? []
        : [{ id: "none", title: "Workspaces", content: html`<p class="panel">No Workspace found.</p>\n` }]),
    ],
    foot: [
      ...notes,
      `Against ${base}${live ? ", with what the cluster holds" : ""}. foresail ${tool.version}, catalogue ${catalogue.id}. Prices are those of the dearest capacity type that is allowed, a month has 730 hours.`,
    ],
  });
}

function verdictOf(comparison: Comparison): string {
  if (!hasChanges(comparison)) return "No changes";
  const { counts, restarts } = comparison.summary;
  const words = (["refused", "removed", "moved", "added", "changed"] as const).filter((verdict) => counts[verdict] > 0);
  const told = words.map((word) => `${shownNumber(counts[word])} ${word}`);
  return [...told, ...(restarts === 0 ? [] : [counted(restarts, "restart")])].join(", ");
}

function toneOf(comparison: Comparison): Tone {
  if (!hasChanges(comparison)) return "good";
  return comparison.summary.counts.refused > 0 ? "error" : "plain";
}

function metricsOf({ compared, summary }: Comparison): readonly Metric[] {
  const { counts, restarts, perhaps, ends, before, after } = summary;
  const issues = compared.flatMap((one) => one.issues);
  const errors = issues.filter(({ level }) => level === "error").length;
  const warnings = issues.length - errors;
  const stops = [
    ...(perhaps === 0 ? [] : [`${shownNumber(perhaps)} more may restart`]),
    ...(ends === 0 ? [] : [`${shownNumber(ends)} end${ends === 1 ? "s" : ""}`]),
  ].join(", ");
  return [
    {
      name: "Errors",
      value: shownNumber(errors),
      tone: errors > 0 ? "error" : "good",
      note: `${shownNumber(counts.refused)} refused`,
    },
    { name: "Warnings", value: shownNumber(warnings), tone: warnings > 0 ? "warning" : "good" },
    {
      name: "Restarts",
      value: shownNumber(restarts),
      tone: restarts + perhaps > 0 ? "warning" : "good",
      ...(stops === "" ? {} : { note: stops }),
    },
    {
      name: "Nodes",
      value: shownNumber(after.nodes),
      note: before.nodes === after.nodes ? "as before" : `before ${shownNumber(before.nodes)}`,
    },
    costMetric(summary),
  ];
}

function costMetric({ before, after }: Comparison["summary"]): Metric {
  const shown = (usd: number, { bound }: typeof before): string => `${bound === "exact" ? "" : "≤ "}${shownUsd(usd)}`;
  const delta = Math.round((after.monthlyUsd - before.monthlyUsd) * 100) / 100;
  const unpriced = after.unpricedNodes === 0 ? "" : `; ${shownNumber(after.unpricedNodes)} nodes without a known price`;
  const change =
    delta === 0
      ? "as before"
      : `${delta < 0 ? "−" : "+"}${shownUsd(Math.abs(delta))}, before ${shown(before.monthlyUsd, before)}`;
  return { name: "Price a month", value: shown(after.monthlyUsd, after), note: `${change}${unpriced}` };
}
