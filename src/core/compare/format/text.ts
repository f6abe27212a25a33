import { shownName } from "../../report/shown.ts";
import type { Compared, Comparison } from "../comparison.ts";
import {
  change,
  headline,
  plain,
  shownCost,
  shownLength,
  shownModel,
  shownNodes,
  shownParallelism,
  shownPods,
  shownRelease,
  shownValue,
} from "./words.ts";

/** For a terminal: what changes, one block each; what keeps what is stored on one line each; the sums last. */
export function comparisonText(comparison: Comparison): string {
  const { compared, notes } = comparison;
  const blocks = compared.filter(({ verdict }) => verdict !== "keeps").map(blockOf);
  const kept = compared
    .filter(({ verdict }) => verdict === "keeps")
    .map((one) => `keeps    ${shownName(one.subject)}: ${shownRelease(one)}`);
  return `${[
    ...blocks,
    ...(kept.length === 0 ? [] : [kept.join("\n")]),
    ...notes.map((note) => plain(note, note.length)),
    `${headline(comparison)} (against ${plain(comparison.base)}, catalogue ${plain(comparison.catalogue.id)})`,
  ].join("\n\n")}\n`;
}

function blockOf(one: Compared): string {
  const { subject, verdict, before, after, inputs, fields, issues, notes } = one;
  const now = after ?? before;
  const both = (shown: (side: Compared["after"]) => string): string =>
    verdict === "added" || verdict === "removed" || verdict === "refused"
      ? shown(now)
      : change(shown(before), shown(after));
  const facts: readonly (readonly [string, string])[] = [
    ["pods", shownPods(one.pods)],
    ["release", shownRelease(one)],
    ["model", both(shownModel)],
    ["nodes", both(shownNodes)],
    ["TP/PP", both(shownParallelism)],
    ["context", both(shownLength)],
    ["$/month", both(shownCost)],
  ];
  const shown = now === undefined ? facts.slice(0, 1) : facts.filter(([, text]) => text !== "-");
  return [
    `${verdict.padEnd(9)}${shownName(subject)}`,
    ...inputs.map(({ path, from, to }) => `  stated   ${plain(path)}: ${shownValue(from)} → ${shownValue(to)}`),
    ...shown.map(([name, text]) => `  ${name.padEnd(9)}${text}`),
    ...issues.map(({ level, code, message }) => `  ${level.padEnd(9)}${code} ${plain(message, 1000)}`),
    ...notes.map((note) => `  note     ${plain(note, 1000)}`),
    ...fields.map(({ path, from, to }) => `  ~ ${plain(path)}: ${shownValue(from)} → ${shownValue(to)}`),
  ].join("\n");
}
