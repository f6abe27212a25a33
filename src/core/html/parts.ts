import { type Content, type Html, html } from "./markup.ts";
import type { Tone } from "./page.ts";

/** A word that says how something stands. */
export function tag(word: string, tone: Tone): Html {
  return html`<span class="tag ${tone}">${word}</span>`;
}

/** Something that unfolds: a line that says what it is, and all there is to say of it. */
export interface Card {
  readonly name: string;
  readonly facts: readonly string[];
  readonly tags: readonly Html[];
  readonly isOpen: boolean;
  readonly content: Content;
}

export function card({ name, facts, tags, isOpen, content }: Card): Html {
  return html`<details class="card"${isOpen ? { markup: " open" } : undefined}>
<summary><h3>${name}</h3><span class="facts">${facts.map((fact) => html`<span>${fact}</span> `)}</span><span class="tags">${tags}</span></summary>
<div class="body">
${content}</div>
</details>
`;
}

/** A part that few readers want. */
export function folded(title: string, content: Content): Html {
  return html`<details class="fold">
<summary>${title}</summary>
${content}</details>
`;
}

/** One fact a line: what it is called and what it is. */
export function facts(rows: readonly (readonly [string, Content])[]): Html {
  return html`<dl class="pairs">
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
`;
}

/** Lines as a diff shows them: `+` comes, `-` goes, what starts otherwise says where. */
export function diffLines(lines: readonly string[]): Html {
  return html`<pre class="diff">${lines.map(diffLine)}</pre>\n`;
}

function diffLine(line: string): Html {
  if (line.startsWith("+")) return html`<ins>${line}</ins>`;
  if (line.startsWith("-")) return html`<del>${line}</del>`;
  return html`<span>${line}</span>`;
}
