import { counted } from "../explain/quantity.ts";
import type { Section } from "./fitted.ts";
import { code, preformatted, prose } from "./markdown-text.ts";
import type { Edit, Finding } from "./report.ts";
import { shownPlace, shownSubject, shownWaiver } from "./shown.ts";

const MOST_CHARACTERS = 600;
const MOST_LINES = 40;

/** What is found, the worst first: errors in the open, the rest to be unfolded, waived findings with their reasons. */
export function findingSections(findings: readonly Finding[]): readonly Section[] {
  const open = findings.filter(({ waiver }) => waiver === undefined);
  const errors = open.filter(({ level }) => level === "error");
  const warnings = open.filter(({ level }) => level === "warning");
  const notices = open.filter(({ level }) => level === "notice");
  const waived = findings.filter(({ waiver }) => waiver !== undefined);
  const fixed = open.filter(({ fix }) => fix !== undefined && fix.edits.length > 0);
  return [
    {
      row: "error",
      open: `\n#### ${counted(errors.length, "error")}\n\n`,
      rows: errors.map(item),
      close: "",
      rank: 0,
      share: 0.6,
    },
    folded("warning", warnings.map(item), { isOpen: errors.length === 0, rank: 2 }),
    folded("fix", fixed.map(fixBlock), { isOpen: false, rank: 3 }),
    folded("notice", notices.map(item), { isOpen: false, rank: 4 }),
    folded("waived finding", waived.map(item), { isOpen: false, rank: 5 }),
  ];
}

function folded(
  row: string,
  rows: readonly string[],
  { isOpen, rank }: { readonly isOpen: boolean; readonly rank: number },
): Section {
  const title = row === "fix" && rows.length !== 1 ? `${rows.length} fixes` : counted(rows.length, row);
  // A fix starts with an empty line of its own, an item of a list does not.
  const open = `\n<details${isOpen ? " open" : ""}><summary>${title}</summary>\n${row === "fix" ? "" : "\n"}`;
  return { row, open, rows, close: "\n</details>\n", rank, share: 1 };
}

function item(finding: Finding): string {
  const { place, code: rule, subject, message, fix, waiver } = finding;
  const about = subject === undefined ? "" : ` ${prose(shownSubject(subject), MOST_CHARACTERS)}`;
  const way = fix === undefined ? "" : ` *Fix: ${prose(fix.describes, MOST_CHARACTERS)}*`;
  const why = waiver === undefined ? "" : ` (${prose(shownWaiver(waiver), MOST_CHARACTERS)})`;
  const at = code(shownPlace(place), MOST_CHARACTERS);
  return `- ${at} ${code(rule)}${about}: ${prose(message, MOST_CHARACTERS)}${way}${why}\n`;
}

function fixBlock({ fix }: Finding): string {
  if (fix === undefined) return "";
  const lines = fix.edits.flatMap((edit) => hunk(edit));
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `@@ ${more} lines more @@`] : lines;
  return `\n${prose(fix.describes, MOST_CHARACTERS)}:\n\n${preformatted("diff", shown)}\n`;
}

/** The lines that come; those that go are told by their numbers, the report does not have them. */
function hunk({ file, line, endLine, text }: Edit): readonly string[] {
  const range = line === endLine ? `line ${line}` : `lines ${line} to ${endLine}`;
  const head = `@@ ${file}, ${range} ${text === "" ? "removed" : "replaced"} @@`;
  return text === "" ? [head] : [head, ...text.split("\n").map((one) => `+${one}`)];
}
