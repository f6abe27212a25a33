import type { Change } from "../../explain/explanation.ts";
import { shownNumber } from "../../explain/quantity.ts";
import { issueList } from "../../html/issue.ts";
import { type Content, type Html, html } from "../../html/markup.ts";
import { type Held, memoryFigure } from "../../html/memory.ts";
import type { Tone } from "../../html/page.ts";
import { card, diffLines, folded, tag } from "../../html/parts.ts";
import { shownName } from "../../report/shown.ts";
import type { Compared, Side, Verdict } from "../comparison.ts";
import {
  change,
  shownCost,
  shownEffect,
  shownLength,
  shownModel,
  shownNodes,
  shownParallelism,
  shownPause,
  shownRelease,
  shownValue,
} from "./words.ts";

// As in Markdown: a reviewer reads the first lines.
const MOST_FIELDS = 200;

const TONES: { readonly [verdict in Verdict]: Tone } = {
  added: "good",
  removed: "plain",
  moved: "plain",
  changed: "plain",
  keeps: "plain",
  refused: "error",
};

/** One Workspace before and after. */
export function comparedCard(one: Compared): Html {
  const { subject, verdict, before, after, pods, issues } = one;
  const isRestarting = pods.effect === "restarts" || pods.effect === "unknown";
  const errors = issues.filter(({ level }) => level === "error");
  const shown = verdict === "refused" ? before : after;
  const warnings = issues.length - errors.length;
  return card({
    name: shownName(subject),
    facts: [shownModel(after ?? before), change(cell(shownNodes, before, shown), cell(shownNodes, shown, before))],
    tags: [
      tag(verdict, TONES[verdict]),
      ...(isRestarting ? [tag(shownEffect(pods), "warning")] : []),
      ...(warnings === 0 ? [] : [tag(`${shownNumber(warnings)} warning${warnings === 1 ? "" : "s"}`, "warning")]),
    ],
    isOpen: true,
    content: [
      issueList(issues),
      podsPart(one),
      before === undefined && after === undefined ? undefined : sides(one),
      memory(before, after, verdict),
      changes("Stated", one.inputs),
      expansion(one.fields),
    ],
  });
}

/** What one side shows; where it has nothing, what the other shows. */
function cell(shown: (side: Side | undefined) => string, side: Side | undefined, other: Side | undefined): string {
  return shown(side ?? other);
}

function podsPart({ pods, notes }: Compared): Content {
  const lines = [...pods.why, ...(pods.pause === undefined ? [] : [shownPause(pods.pause)]), ...notes];
  const list =
    lines.length === 0 ? undefined : html`<ul class="list">${lines.map((line) => html`<li>${line}</li>\n`)}</ul>\n`;
  return html`<div><p><span class="label">Pods</span> <b>${shownEffect(pods)}</b></p>\n${list}</div>\n`;
}

const ROWS: readonly (readonly [string, (side: Side) => string])[] = [
  ["Model", shownModel],
  ["Nodes", shownNodes],
  ["TP/PP", shownParallelism],
  ["Longest context", shownLength],
  ["At once", ({ memory }) => (memory === undefined ? "-" : shownNumber(memory.maxConcurrency))],
  ["Capacity", ({ capacityTypes, provision }) => (provision ? capacityTypes.join(", ") : "own nodes")],
  ["Price a month", shownCost],
];

/** A table of before and after, in which a row that stays the same has one cell for both. */
function sides(one: Compared): Html {
  const { before, after, verdict } = one;
  const now = verdict === "refused" ? before : after;
  const rows = ROWS.map(([name, shown]) => row(name, before && shown(before), now && shown(now)));
  const release = html`<tr><th scope="row">Release</th><td colspan="2">${shownRelease(one)}</td></tr>\n`;
  return html`<table>
<caption class="sr">Before and after</caption>
<thead><tr><td class="corner"></td><th scope="col">Before</th><th scope="col">${verdict === "refused" ? "After (refused)" : "After"}</th></tr></thead>
<tbody>
${rows}${before === undefined && after === undefined ? undefined : release}</tbody>
</table>
`;
}

function row(name: string, before: string | undefined, after: string | undefined): Html | undefined {
  if ((before ?? "-") === "-" && (after ?? "-") === "-") return undefined;
  const cells =
    before === after
      ? html`<td colspan="2">${before}</td>`
      : html`<td class="${before === undefined ? "plain" : "was"}">${before ?? "-"}</td><td class="${after === undefined ? "plain" : "now"}">${after ?? "-"}</td>`;
  return html`<tr><th scope="row">${name}</th>${cells}</tr>\n`;
}

function memory(before: Side | undefined, after: Side | undefined, verdict: Verdict): Html | undefined {
  const held = (label: string, side: Side | undefined): readonly Held[] =>
    side?.memory === undefined ? [] : [{ label, memory: side.memory }];
  const all = [...held("Before", before), ...(verdict === "refused" ? [] : held("After", after))];
  return all.length === 0 ? undefined : memoryFigure(all);
}

function changes(title: string, list: readonly Change[]): Html | undefined {
  if (list.length === 0) return undefined;
  return html`<div><p class="label">${title}</p>\n${diffLines(linesOf(list))}</div>\n`;
}

function expansion(fields: readonly Change[]): Html | undefined {
  if (fields.length === 0) return undefined;
  const more = fields.length > MOST_FIELDS ? [`${shownNumber(fields.length - MOST_FIELDS)} more fields`] : [];
  const lines = [...linesOf(fields.slice(0, MOST_FIELDS)), ...more];
  return folded(
    `${shownNumber(fields.length)} field${fields.length === 1 ? "" : "s"} of the expansion`,
    diffLines(lines),
  );
}

function linesOf(list: readonly Change[]): readonly string[] {
  return list.flatMap(({ path, from, to }) => [
    ...(from === undefined ? [] : [`- ${path}: ${shownValue(from)}`]),
    ...(to === undefined ? [] : [`+ ${path}: ${shownValue(to)}`]),
  ]);
}
