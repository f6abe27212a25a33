import { createHash } from "node:crypto";
import { type Content, type Html, html } from "./markup.ts";
import { STYLE } from "./style.ts";

/** How things stand, as a colour and a word. */
export type Tone = "error" | "warning" | "good" | "plain";

/** A number of the summary on top. */
export interface Metric {
  readonly name: string;
  readonly value: string;
  /** A few words below the value. */
  readonly note?: string;
  readonly tone?: Tone;
}

export interface PageSection {
  /** Ours: it becomes an anchor. */
  readonly id: string;
  readonly title: string;
  readonly content: Content;
}

export interface Page {
  /** The command that made it: `foresail check`. */
  readonly command: string;
  /** What it comes to. */
  readonly verdict: string;
  readonly tone: Tone;
  readonly metrics: readonly Metric[];
  readonly sections: readonly PageSection[];
  readonly foot: readonly string[];
}

// Nothing is loaded and nothing runs, whatever the content: the browser itself holds the page to it.
const styleHash = createHash("sha256").update(STYLE).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/** A page that is complete in itself: no script, font, picture or address; it unfolds by `<details>`. */
export function page({ command, verdict, tone, metrics, sections, foot }: Page): string {
  const style: Html = { markup: `<style>${STYLE}</style>` };
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${{ markup: POLICY }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${command}: ${verdict}</title>
${style}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="command">${command}</p>
<h1 class="${tone}">${verdict}</h1>
<dl class="metrics">
${metrics.map(metric)}</dl>
${sections.length < 2 ? undefined : html`<nav aria-label="Sections">${sections.map(link)}</nav>\n`}</header>
<main id="content" tabindex="-1">
${sections.map(section)}</main>
<footer>
${foot.map((line) => html`<p>${line}</p>\n`)}</footer>
</body>
</html>
`.markup;
}

function metric({ name, value, note, tone = "plain" }: Metric): Html {
  const told = note === undefined ? undefined : html`<dd class="note">${note}</dd>`;
  return html`<div class="${tone}"><dt>${name}</dt><dd>${value}</dd>${told}</div>\n`;
}

function link({ id, title }: PageSection): Html {
  return html`<a href="#${id}">${title}</a>`;
}

function section({ id, title, content }: PageSection): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}
