import { shownNumber } from "../../explain/quantity.ts";
import { code } from "../../report/markdown-text.ts";

/** A part that is shown whole or not at all. */
export interface Section {
  /** block: with an empty line before; table: begins one; row: goes on with it. */
  readonly kind: "block" | "table" | "row";
  /** What is left out without it. */
  readonly name: string;
  readonly text: string;
}

// What is said of what is cut: some names, and how many more.
const MOST_NAMED = 6;
const ROOM_FOR_CUTS = 7_000;
// Names come from files: they may be long, and a character of them takes up to nine.
const LONGEST_NAME = 60;

/** The sections in their order, as many as fit; a later one may fit where an earlier one did not. What is cut is told. */
export function fitted(head: string, sections: readonly Section[], foot: string, most: number): string {
  let text = head;
  let hasTable = false;
  const cut: Section[] = [];
  const room = most - foot.length - ROOM_FOR_CUTS;
  for (const section of sections) {
    // A row without its table is no row.
    const belongs = section.kind !== "row" || hasTable;
    const separator = section.kind === "row" ? "\n" : "\n\n";
    if (belongs && text.length + separator.length + section.text.length <= room) {
      text += separator + section.text;
      hasTable ||= section.kind === "table";
    } else cut.push(section);
  }
  return `${[text, ...cutsOf(cut, most), foot].join("\n\n")}\n`;
}

function cutsOf(cut: readonly Section[], most: number): readonly string[] {
  const told = (kinds: readonly Section["kind"][], what: string): readonly string[] => {
    const names = cut.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
    if (names.length === 0) return [];
    const more = names.length > MOST_NAMED ? ` and ${shownNumber(names.length - MOST_NAMED)} more` : "";
    const some = names.slice(0, MOST_NAMED).map((name) => code(name, LONGEST_NAME));
    return [`${what} of ${some.join(", ")}${more}`];
  };
  const all = [...told(["table", "row"], "the rows"), ...told(["block"], "the details")];
  return all.length === 0
    ? []
    : [
        `**Cut** to stay under ${shownNumber(most)} characters: ${all.join("; ")}. The text and JSON outputs have all of it.`,
      ];
}
