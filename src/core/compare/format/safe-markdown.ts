import { plain } from "./words.ts";

/**
 * Text of somebody else as a code span, where nothing of it is read: no markup, no HTML, no mention, no reference, no link.
 * @param most characters kept
 */
export function code(text: string, most?: number): string {
  const shown = withoutComments(plain(text, most));
  if (shown.trim() === "") return "(empty)";
  const fence = "`".repeat(longestRun(shown) + 1);
  const padding = fence.length > 1 ? " " : "";
  return `${fence}${padding}${shown}${padding}${fence}`;
}

/** A code span in a cell of a table, where a bar would end the cell. */
export function cell(text: string): string {
  return code(text).replaceAll("|", "\\|");
}

/** Lines of somebody else as a fenced block of the language `diff`. */
export function diffBlock(lines: readonly string[]): string {
  const text = withoutComments(lines.join("\n"));
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}diff\n${text}\n${fence}`;
}

/** The same in HTML, for a summary, in which markup is not read. */
export function htmlCode(text: string): string {
  const escaped = plain(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<code>${escaped}</code>`;
}

/** A hidden marker of a comment must not be written by a file of the author. */
function withoutComments(text: string): string {
  return text.replaceAll("<!--", "<! --");
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
