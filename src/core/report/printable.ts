import { sorted } from "../canonical.ts";

const MOST_CHARACTERS = 4000;

/** What steers a terminal, hides text, turns its direction or is no character of XML 1.0. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/gu;

const SHORT: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text of somebody else on one line, harmless wherever it is shown: control characters, line breaks and what hides or turns
 * text are written out (`\n`, `\x1b`, `\u{202e}`), the rest of a very long one is left out.
 */
export function printable(text: string): string {
  const kept = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return kept.replace(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character.codePointAt(0) ?? 0));
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** JSON for people and machines: keys sorted, two spaces; what is not printable is escaped, which JSON reads back the same. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(sorted(value), undefined, 2);
  return `${text.replace(UNPRINTABLE, (character) => (character === "\n" ? character : units(character)))}\n`;
}

function units(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
