import type { Explanation, MemoryKind, MemoryPart } from "../../core/explain/explanation.ts";
import { shownNumber } from "../../core/explain/quantity.ts";
import { keyOfNamed } from "../../core/kinds/workspace-names.ts";
import { nameOf } from "./memory-bar.ts";
import { shownRunning } from "./shown.ts";
import { sizeLines } from "./size-table.ts";
import { wrapped } from "./table.ts";

const WIDTH = 1000;
const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const FONT_SIZE = 13;
const LINE = 19;
const BAR = 40;
const SWATCH = 12;
// Monospaced fonts are 0.6 of their size wide; a little more, so that wider ones do not run out of the picture.
const CHARACTER = FONT_SIZE * 0.62;
const COLUMNS = Math.floor(INNER / CHARACTER);
const SWATCH_COLUMNS = 3;

// Light enough for dark text on them, apart in lightness for who sees no hues (after Okabe and Ito).
const fills: { readonly [kind in MemoryKind]: string } = {
  weights: "#56b4e9",
  overhead: "#e69f00",
  adapters: "#cc79a7",
  kvCache: "#7fd6b8",
  leftOver: "#e6e6e6",
};

/** One picture of all Workspaces, each below the other: memory of a GPU, its arithmetic, the sizes that fit. */
export function explanationSvg(explanations: readonly Explanation[]): string {
  const drawing = new Drawing(MARGIN);
  for (const explanation of explanations) drawWorkspace(drawing, explanation);
  if (explanations.length === 0) drawing.line("no Workspace");
  const height = drawing.y + MARGIN - LINE / 2;
  const title = `GPU memory of ${explanations.map(keyOfNamed).join(", ")}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(explanations.map(described).join(" "))}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<g font-family="monospace" font-size="${FONT_SIZE}" fill="#1f2328">`,
    ...drawing.elements,
    "</g>",
    "</svg>",
  ].join("\n")}\n`;
}

/** The picture in words, for who does not see it. */
function described(explanation: Explanation): string {
  const { running, memory } = explanation;
  const what = running === undefined ? "refused" : shownRunning(running);
  const parts = (memory?.parts ?? []).map(({ kind, giB }) => `${nameOf(kind)} ${giB.toFixed(2)} GiB`).join(", ");
  const picture = memory === undefined ? "" : ` One GPU of ${shownNumber(memory.perGpuGiB)} GiB holds ${parts}.`;
  return `${keyOfNamed(explanation)}: ${what}.${picture}`;
}

function drawWorkspace(drawing: Drawing, explanation: Explanation): void {
  const { running, memory, sizes, prices, issues } = explanation;
  const title = `${keyOfNamed(explanation)}: ${running === undefined ? "refused" : shownRunning(running)}`;
  for (const line of wrapped(title, COLUMNS)) drawing.line(line, ' font-weight="bold"');
  for (const { message } of running === undefined ? issues : []) drawing.lines(wrapped(message, COLUMNS));
  if (memory !== undefined) {
    drawing.line(`Memory of one GPU: ${shownNumber(memory.perGpuGiB)} GiB`);
    drawing.bar(memory.parts);
    drawing.legend(memory.parts);
    drawing.lines(memory.cache.flatMap((step) => wrapped(step, COLUMNS)));
  }
  drawing.gap();
  if (sizes !== undefined) drawing.lines(sizeLines(sizes, prices, COLUMNS));
  drawing.gap();
}

/** Elements from the top down. */
class Drawing {
  readonly elements: string[] = [];
  y: number;

  constructor(top: number) {
    this.y = top;
  }

  line(text: string, attributes = "", x = MARGIN): void {
    if (text !== "") {
      const y = this.y + FONT_SIZE;
      this.elements.push(`<text x="${x}" y="${y}" xml:space="preserve"${attributes}>${escaped(text)}</text>`);
    }
    this.y += LINE;
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  gap(): void {
    this.y += LINE / 2;
  }

  bar(parts: readonly MemoryPart[]): void {
    const total = parts.reduce((sum, { giB }) => sum + Math.max(0, giB), 0);
    let x = MARGIN;
    for (const { kind, giB } of parts) {
      const width = total === 0 ? 0 : (Math.max(0, giB) / total) * INNER;
      const at = `x="${x.toFixed(1)}" y="${this.y}" width="${width.toFixed(1)}" height="${BAR}"`;
      const label = `${nameOf(kind)} ${giB.toFixed(2)} GiB`;
      this.elements.push(
        `<rect ${at} fill="${fills[kind]}" stroke="#ffffff"><title>${escaped(label)}</title></rect>`,
        ...inside(label, { x, width, y: this.y }),
      );
      x += width;
    }
    this.y += BAR + LINE / 2;
  }

  legend(parts: readonly MemoryPart[]): void {
    const rows = parts.map(({ kind, giB, arithmetic = "" }) => [nameOf(kind), `${giB.toFixed(2)} GiB`, arithmetic]);
    for (const [i, part] of parts.entries()) {
      const lines = aligned(rows, i);
      this.elements.push(
        `<rect x="${MARGIN}" y="${this.y + 2}" width="${SWATCH}" height="${SWATCH}" fill="${fills[part.kind]}" stroke="#1f2328" stroke-width="0.5"/>`,
      );
      for (const line of lines) this.line(line, "", MARGIN + SWATCH_COLUMNS * CHARACTER);
    }
  }
}

/** A label in a segment of the bar, where it has room. */
function inside(
  label: string,
  { x, width, y }: { readonly x: number; readonly width: number; readonly y: number },
): readonly string[] {
  if (label.length * CHARACTER + 8 > width) return [];
  const middle = (x + width / 2).toFixed(1);
  return [
    `<text x="${middle}" y="${y + BAR / 2 + FONT_SIZE / 3}" text-anchor="middle" aria-hidden="true">${escaped(label)}</text>`,
  ];
}

/** One row of a legend, aligned with the others. */
function aligned(rows: readonly (readonly string[])[], row: number): readonly string[] {
  const width = (column: number): number => Math.max(...rows.map((cells) => (cells[column] ?? "").length));
  const [name = "", size = "", arithmetic = ""] = rows[row] ?? [];
  const head = `${name.padEnd(width(0))}  ${size.padStart(width(1))}`;
  const room = COLUMNS - SWATCH_COLUMNS - head.length - 2;
  const rest = wrapped(arithmetic, room);
  return rest.map((text, i) => `${i === 0 ? head : " ".repeat(head.length)}  ${text}`.trimEnd());
}

/** XML takes neither control characters nor halves of surrogate pairs, not even escaped. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
