import { printable } from "../../core/report/printable.ts";

const GAP = 2;
const INDENT = 2;
// A column is not squeezed below this: words would fall apart.
const NARROWEST = 4;

/** How the columns of a table give way. */
export interface Layout {
  /** Columns whose texts are set to the right. */
  readonly right?: readonly number[];
  /** Columns in the order in which they are squeezed, each down to so many characters, before any other is. */
  readonly yielding?: readonly (readonly [column: number, characters: number])[];
}

/** Rows under each other, no line wider than `width`: columns as wide as their longest cell, squeezed ones are wrapped. */
export function table(rows: readonly (readonly string[])[], width: number, layout: Layout = {}): readonly string[] {
  return tableRows(rows, width, layout).flat();
}

/** As `table`, the lines of each row by themselves. */
export function tableRows(
  rows: readonly (readonly string[])[],
  width: number,
  layout: Layout = {},
): readonly (readonly string[])[] {
  const { right = [], yielding = [] } = layout;
  const widths = columnWidths(rows, width - INDENT, yielding);
  return rows.map((row) => {
    const cells = widths.map((columns, i) => wrapped(row[i] ?? "", columns));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) => {
      const parts = cells.map((lines, i) => {
        const text = lines[line] ?? "";
        const columns = widths[i] ?? 0;
        return right.includes(i) ? text.padStart(columns) : text.padEnd(columns);
      });
      return `${" ".repeat(INDENT)}${parts.join(" ".repeat(GAP))}`.trimEnd();
    });
  });
}

function columnWidths(
  rows: readonly (readonly string[])[],
  width: number,
  yielding: NonNullable<Layout["yielding"]>,
): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(1, ...rows.map((row) => (row[i] ?? "").length)));
  let over = sum(widths) + GAP * (count - 1) - width;
  for (const [column, characters] of yielding) {
    const spare = Math.max(0, Math.min(over, (widths[column] ?? 0) - characters));
    widths[column] = (widths[column] ?? 0) - spare;
    over -= spare;
  }
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/**
 * A text in lines of at most `width` characters, broken between words, or within those that are longer: after a separator
 * where there is one. What a terminal would obey is written out.
 */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (line.length > width) {
      const end = breakIn(line, width);
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** Where a word that is longer than a line is broken. */
function breakIn(word: string, width: number): number {
  const separator = Math.max(...["/", ".", "-", ":", "_", ","].map((one) => word.lastIndexOf(one, width - 1)));
  return separator + 1 > width / 3 ? separator + 1 : width;
}
