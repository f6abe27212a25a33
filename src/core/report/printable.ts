import { sorted } from "../canonical.ts";

const MOST_CHARACTERS = 4000;

/** What steers a terminal, hides text, turns its direction or is no character of XML 1.0. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/gu;

const SHORT: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Commands that log readers of continuous integration obey wherever they stand in a line: `##[error]`, `##vso[task…]`. */
const LOG_COMMAND = /##\w*\[/g;

/**
 * A text of somebody else on one line, harmless wherever it is shown: control characters, line breaks and what hides or turns
 * text are written out (`\n`, `\x1b`, `\u{202e}`), and what is longer than `most` characters is cut.
 */
export function printable(text: string, most = MOST_CHARACTERS): string {
  const kept = text.length > most ? `${text.slice(0, most)}…` : text;
  return kept
    .replace(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character.codePointAt(0) ?? 0))
    .replace(LOG_COMMAND, (command) => `${command.slice(0, -1)}\\x5b`);
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** JSON for people and machines: keys sorted, two spaces; what is not printable is escaped, which JSON reads back the same. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(sorted(value), undefined, 2)
    .replace(UNPRINTABLE, (character) => (character === "\n" ? character : units(character)))
    .replace(LOG_COMMAND, (command) => `${command.slice(0, -1)}${units("[")}`);
  return `${text}\n`;
}

function units(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
