import type { MemoryKind, MemoryPart, MemoryPicture } from "../../core/explain/explanation.ts";
import { shownNumber } from "../../core/explain/quantity.ts";
import { coloured, type Style } from "./style.ts";
import { table, wrapped } from "./table.ts";

interface Look {
  readonly name: string;
  readonly glyph: string;
  readonly colour: number;
}

const looks: { readonly [kind in MemoryKind]: Look } = {
  weights: { name: "weights", glyph: "█", colour: 34 },
  overhead: { name: "overhead", glyph: "▓", colour: 33 },
  adapters: { name: "adapters", glyph: "▒", colour: 35 },
  kvCache: { name: "KV cache", glyph: "░", colour: 32 },
  leftOver: { name: "left over", glyph: "·", colour: 90 },
};

export function nameOf(kind: MemoryKind): string {
  return looks[kind].name;
}

/** What one GPU holds: a bar, what its parts are, and the way from layers to context. */
export function memoryBar({ perGpuGiB, parts, cache }: MemoryPicture, style: Style): readonly string[] {
  const cells = apportioned(parts, style.width - 4);
  const bar = parts.map(({ kind }, i) => coloured(looks[kind].glyph.repeat(cells[i] ?? 0), looks[kind].colour, style));
  const rows = parts.map(({ kind, giB, arithmetic = "" }) => [
    `${looks[kind].glyph} ${looks[kind].name}`,
    `${giB.toFixed(2)} GiB`,
    arithmetic,
  ]);
  return [
    `Memory of one GPU: ${shownNumber(perGpuGiB)} GiB`,
    `  [${bar.join("")}]`,
    ...table(rows, style.width, { right: [1] }),
    ...cache.flatMap((step) => wrapped(step, style.width - 4).map((line, i) => `${i === 0 ? "  " : "    "}${line}`)),
  ];
}

/** Cells of a bar by size: all of them are used, and what is there has at least one. */
export function apportioned(parts: readonly MemoryPart[], cells: number): readonly number[] {
  const sizes = parts.map(({ giB }) => Math.max(0, giB));
  const total = sizes.reduce((all, size) => all + size, 0);
  if (total === 0) return sizes.map(() => 0);
  const exact = sizes.map((size) => (size / total) * cells);
  const given = exact.map((share) => (share > 0 ? Math.max(1, Math.floor(share)) : 0));
  let left = cells - given.reduce((all, one) => all + one, 0);
  while (left !== 0) {
    const step = Math.sign(left);
    const lacking = exact.map((share, i) =>
      given[i] === 0 || (step < 0 && given[i] === 1) ? -Infinity : (share - (given[i] ?? 0)) * step,
    );
    const at = lacking.indexOf(Math.max(...lacking));
    if (lacking[at] === -Infinity) break;
    given[at] = (given[at] ?? 0) + step;
    left -= step;
  }
  return given;
}
