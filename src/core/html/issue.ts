import type { Level } from "../issue.ts";
import type { Edit, Place, Waiver } from "../report/report.ts";
import { ruleOf } from "../report/rule-of.ts";
import { shownPlace, shownWaiver } from "../report/shown.ts";
import type { RuleCode } from "../rules.ts";
import { type Content, type Html, html } from "./markup.ts";
import { diffLines, tag } from "./parts.ts";

// A fix is a line or two; a longer one is read in the file.
const MOST_LINES = 40;

/** What is wrong, as far as a page shows it. */
export interface ShownIssue {
  readonly level: Level;
  readonly code: RuleCode;
  readonly message: string;
  readonly place?: Place;
  /** What it is about, where that is not told by what it stands in. */
  readonly about?: string;
  readonly fix?: { readonly describes: string; readonly edits?: readonly Edit[] };
  readonly waiver?: Waiver;
}

/** Issues one below the other, each with place, rule, remedy and fix. */
export function issueList(issues: readonly ShownIssue[]): Content {
  return issues.length === 0 ? undefined : html`<ul class="issues">\n${issues.map(item)}</ul>\n`;
}

function item({ level, code, message, place, about, fix, waiver }: ShownIssue): Html {
  const remedy = ruleOf(code)?.remedy;
  const tone = waiver !== undefined || level === "notice" ? "plain" : level;
  return html`<li class="${tone}">
<p class="head">${tag(waiver === undefined ? level : "waived", tone)} <code>${code}</code>${place === undefined ? undefined : html` <span class="place">${shownPlace(place)}</span>`}</p>
${about === undefined ? undefined : html`<p class="about">${about}</p>\n`}<p>${message}</p>
${waiver === undefined ? undefined : html`<p class="remedy">${shownWaiver(waiver)}</p>\n`}${remedy === undefined ? undefined : html`<p class="remedy"><b>Remedy</b> ${remedy}</p>\n`}${fix === undefined ? undefined : fixFigure(fix)}</li>
`;
}

function fixFigure({ describes, edits = [] }: NonNullable<ShownIssue["fix"]>): Html {
  const lines = edits.flatMap(hunk);
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `${more} lines more`] : lines;
  return html`<p class="remedy"><b>Fix</b> ${describes}</p>\n${shown.length === 0 ? undefined : diffLines(shown)}`;
}

/** The lines that come; those that go are told by their numbers, since a report does not have them. */
function hunk({ file, line, endLine, text }: Edit): readonly string[] {
  const range = line === endLine ? `line ${line}` : `lines ${line} to ${endLine}`;
  const head = `@@ ${file}, ${range} ${text === "" ? "removed" : "replaced"} @@`;
  return text === "" ? [head] : [head, ...text.split("\n").map((one) => `+${one}`)];
}
