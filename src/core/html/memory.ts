import { shownNumber } from "../explain/quantity.ts";
import type { ExpansionMemory } from "../kinds/expansion.ts";
import { round } from "../memory/fit.ts";
import { type Html, html } from "./markup.ts";

/** The width of a bar in units of its own; it is stretched to the room there is. */
const WIDTH = 1000;
const HEIGHT = 20;

interface Part {
  /** Class of its fill. */
  readonly kind: "weights" | "overhead" | "cache" | "left";
  readonly name: string;
  readonly giB: number;
}

/** The memory of one GPU at one time. */
export interface Held {
  /** When, where there are two: `before`. */
  readonly label?: string;
  readonly memory: ExpansionMemory;
}

/** What one GPU holds, as bars of one scale, with the numbers in words. */
export function memoryFigure(all: readonly Held[]): Html {
  const scaleGiB = Math.max(...all.map(({ memory }) => memory.perGpuGiB));
  return html`<figure class="memory">
<figcaption>Memory of one GPU${all.map(({ label, memory }) => (label === undefined ? `: ${shownNumber(memory.perGpuGiB)} GiB` : undefined))}</figcaption>
${all.map((held) => bar(held, scaleGiB))}</figure>
`;
}

function partsOf({ perGpuGiB, weightsGiB, overheadGiB, kvCacheGiB }: ExpansionMemory): readonly Part[] {
  const leftGiB = round(perGpuGiB - weightsGiB - overheadGiB - kvCacheGiB);
  return [
    { kind: "weights", name: "weights", giB: weightsGiB },
    { kind: "overhead", name: "overhead", giB: overheadGiB },
    { kind: "cache", name: "KV cache", giB: kvCacheGiB },
    { kind: "left", name: "left over", giB: leftGiB },
  ];
}

function bar({ label, memory }: Held, scaleGiB: number): Html {
  const parts = partsOf(memory);
  const title = label === undefined ? undefined : html`<p>${label}: ${shownNumber(memory.perGpuGiB)} GiB</p>`;
  return html`<div class="held">${title}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${segments(parts, scaleGiB)}</svg>
<ul class="legend">${parts.map(({ kind, name, giB }) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${kind}" width="10" height="10"/></svg>${name} <b>${giB.toFixed(2)} GiB</b></li>`)}</ul>
</div>
`;
}

function segments(parts: readonly Part[], scaleGiB: number): readonly Html[] {
  const units = (giB: number): number => (scaleGiB > 0 ? (Math.max(0, giB) / scaleGiB) * WIDTH : 0);
  return parts.map(({ kind, giB }, i) => {
    const start = parts.slice(0, i).reduce((sum, part) => sum + units(part.giB), 0);
    return html`<rect class="${kind}" x="${start.toFixed(1)}" width="${units(giB).toFixed(1)}" height="${HEIGHT}"/>`;
  });
}
