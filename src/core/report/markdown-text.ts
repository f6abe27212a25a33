import { printable } from "./printable.ts";

/** GitHub takes 65,536 characters for a comment; the rest is for what a poster puts around it. */
export const MOST_OF_COMMENT = 60_000;

/** What GitHub and GitLab take for Markdown, HTML, a formula or a mention, and how it is written to be taken for itself. */
const SPECIAL = /[\\`*_~[\]#!^<>&|$@]|:(?=\/\/)|www(?=\.)/gi;
const ENTITIES: { readonly [character: string]: string } = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "|": "&#124;",
  $: "&#36;",
};
/** Mentions, references and bare addresses are found in the text as it is shown: only a character between parts them. */
const PARTED = ["@", "#"];
const ZERO_WIDTH_SPACE = "&#8203;";

/** A text of somebody else within a paragraph, an item or a cell: shown as it is, whatever it holds. */
export function prose(text: string, most?: number): string {
  return printable(text, most).replace(SPECIAL, (found) => {
    const written = isOfAddress(found) ? found : (ENTITIES[found] ?? `\\${found}`);
    return PARTED.includes(found) || isOfAddress(found) ? written + ZERO_WIDTH_SPACE : written;
  });
}

/** The same set as code, where nothing is taken for a mention: it can be copied. */
export function code(text: string, most?: number): string {
  const content = printable(text, most).replace(SPECIAL, (found) => {
    if (isOfAddress(found) || found === "@") return `&#${found.charCodeAt(0)};${found.slice(1)}`;
    return ENTITIES[found] ?? `\\${found}`;
  });
  return `<code>${content}</code>`;
}

/** `:` before `//`, or `www`. */
function isOfAddress(found: string): boolean {
  return found === ":" || found.length > 1;
}

/** Lines of a file as they are: a block of HTML, in which nothing is Markdown. */
export function preformatted(language: string, lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    printable(line).replace(/[&<>]/g, (character) => ENTITIES[character] ?? character),
  );
  return `<pre lang="${language}">\n${escaped.join("\n")}\n</pre>`;
}
