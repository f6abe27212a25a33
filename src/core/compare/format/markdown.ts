import { shownNumber } from "../../explain/quantity.ts";
import { code, MOST_OF_COMMENT, preformatted, prose } from "../../report/markdown-text.ts";
import { shownName } from "../../report/shown.ts";
import type { Compared, Comparison } from "../comparison.ts";
import { fitted, type Section } from "./fitted.ts";
import {
  change,
  hasChanges,
  headline,
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

// What is expanded of one object reads the rest elsewhere; a reviewer reads the first lines.
const MOST_FIELDS = 200;

/** First line of a comment, by which it is found again; `key` tells several comments of one pull request apart. */
export function marker(key: string): string {
  return `<!-- foresail:diff:${key} -->`;
}

/** For a comment that is updated in place. Never longer than 60,000 characters; whole sections are cut, and what is cut is told. */
export function comparisonMarkdown(comparison: Comparison, key: string): string {
  const against = `Against ${code(comparison.base)}, catalogue ${code(comparison.catalogue.id)}.`;
  const head = `${marker(key)}\n**Foresail:** ${prose(headline(comparison))}.`;
  if (!hasChanges(comparison)) return `${head}\n`;
  const told = comparison.compared.filter(({ verdict }) => verdict !== "keeps");
  const { keeps } = comparison.summary.counts;
  const foot = [
    `${against}${keeps === 0 ? "" : ` ${shownNumber(keeps)} more keep what is stored.`}`,
    ...comparison.notes.map((note) => `Note: ${code(note, note.length)}`),
  ].join("\n\n");
  const refused = told.filter(({ verdict }) => verdict === "refused").map(refusal);
  const sections = [
    ...refused,
    ...told.map(
      (one, i): Section => ({
        kind: i === 0 ? "table" : "row",
        name: shownName(one.subject),
        text: `${i === 0 ? TABLE : ""}${rowOf(one)}`,
      }),
    ),
    ...told.filter(({ verdict }) => verdict !== "refused").map(details),
  ];
  return fitted(head, sections, foot, MOST_OF_COMMENT);
}

const TABLE = [
  "| Workspace | | Model | Nodes | TP/PP | Max model len | $/month | Restart |",
  "|---|---|---|---|---|---|---|---|",
  "",
].join("\n");

function rowOf(one: Compared): string {
  const { subject, verdict, before, after, pods } = one;
  const [old, now] =
    verdict === "added"
      ? [after, after]
      : verdict === "removed" || verdict === "refused"
        ? [before, before]
        : [before, after];
  const both = (shown: (side: Compared["after"]) => string): string => change(shown(old), shown(now));
  const length = both(shownLength);
  const why = pods.why[0];
  const pause = pods.pause === undefined ? "" : `; ${shownPause(pods.pause)}`;
  const cells = [
    code(shownName(subject)),
    verdict,
    code(both(shownModel)),
    code(both(shownNodes)),
    both(shownParallelism),
    length,
    prose(cost(one)),
    `${shownEffect(pods)}${why === undefined ? "" : `: ${code(why)}`}${pause}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** What is added was at nothing before, and what is removed is at nothing afterwards. */
function cost({ verdict, before, after }: Compared): string {
  if (verdict === "refused") return shownCost(before);
  return change(shownCost(before), shownCost(after));
}

function refusal({ subject, issues }: Compared): Section {
  const lines = issues
    .filter(({ level }) => level === "error")
    .map(({ code: rule, message }) => `- ${rule}: ${code(message, 1000)}`);
  const text = `**Refused:** ${code(shownName(subject))}\n\n${lines.join("\n")}`;
  return { kind: "block", name: shownName(subject), text };
}

function details(one: Compared): Section {
  const { subject, fields, issues, notes, pods } = one;
  const lines = fields
    .slice(0, MOST_FIELDS)
    .flatMap(({ path, from, to }) => [
      ...(from === undefined ? [] : [`- ${shownValue(path)}: ${shownValue(from)}`]),
      ...(to === undefined ? [] : [`+ ${shownValue(path)}: ${shownValue(to)}`]),
    ]);
  const more = fields.length > MOST_FIELDS ? [`# and ${fields.length - MOST_FIELDS} more fields`] : [];
  const text = [
    `<details><summary>${summaryCode(shownName(subject))}: ${one.verdict}</summary>`,
    [
      ...one.inputs.map(({ path, from, to }) => `- stated ${code(`${path}: ${shownValue(from)} → ${shownValue(to)}`)}`),
      `- pods: ${shownEffect(pods)}`,
      ...pods.why.map((why) => `- ${code(why, 1000)}`),
      ...(pods.pause === undefined ? [] : [`- ${shownPause(pods.pause)}`]),
      `- release ${code(shownRelease(one))}`,
      ...notes.map((note) => `- ${code(note, 1000)}`),
      ...issues.map(({ level, code: rule, message }) => `- ${level} ${rule}: ${code(message, 1000)}`),
    ].join("\n"),
    ...(lines.length === 0 ? [] : [preformatted("diff", [...lines, ...more])]),
    "</details>",
  ].join("\n\n");
  return { kind: "block", name: shownName(subject), text };
}

/** Code within a block of HTML, in which Markdown, and so its escapes, are not read. */
function summaryCode(text: string): string {
  return `<code>${text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
}
