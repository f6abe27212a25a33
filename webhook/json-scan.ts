import { shortened } from "../src/core/schema.ts";

/**
 * Deeper JSON is refused: the walkers behind this server call themselves, and pod templates are about 15 levels deep.
 * Kubernetes' own decoder stops at 10,000.
 */
export const DEPTH_LIMIT = 500;

/** What one pass over the bytes of a JSON text tells; right for well-formed JSON, and other texts fail in the parser. */
export interface Scan {
  readonly tooDeep: boolean;
  /** Members of all objects, those stated twice counted twice. */
  readonly members: number;
  /** The first number that JavaScript would change: an integer beyond 2^53 - 1, or one too large to be finite. */
  readonly inexact?: string;
}

const [OTHER, QUOTE, COLON, OPEN, CLOSE, DIGIT] = [0, 1, 2, 3, 4, 5] as const;
/** What each byte means outside a string. */
const MEANING = new Uint8Array(256).fill(OTHER);
for (const [characters, meaning] of [
  ['"', QUOTE],
  [":", COLON],
  ["{[", OPEN],
  ["}]", CLOSE],
  ["0123456789", DIGIT],
] as const) {
  for (const byte of Buffer.from(characters)) MEANING[byte] = meaning;
}

const [QUOTE_BYTE, BACKSLASH_BYTE] = Buffer.from('"\\');

/** Reads every byte once; stops where the text is too deep. */
export function scanJson(bytes: Buffer): Scan {
  let [depth, members] = [0, 0];
  let inexact: string | undefined;
  for (let i = 0; i < bytes.length; i++) {
    switch (MEANING[bytes[i] as number]) {
      case QUOTE:
        i = endOfString(bytes, i);
        break;
      case COLON:
        members++;
        break;
      case OPEN:
        if (++depth > DEPTH_LIMIT) return { tooDeep: true, members };
        break;
      case CLOSE:
        depth--;
        break;
      case DIGIT: {
        const end = endOfNumber(bytes, i);
        inexact ??= inexactNumber(bytes, i, end);
        i = end - 1;
      }
    }
  }
  return { tooDeep: false, members, ...(inexact !== undefined && { inexact }) };
}

/** Index of the quote that ends the string starting at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE_BYTE) i += bytes[i] === BACKSLASH_BYTE ? 2 : 1;
  return i;
}

/** Signs stand inside a number only after its `e`, and texts where they do not are no JSON. */
const IN_NUMBER = new Uint8Array(256);
for (const byte of Buffer.from("0123456789.eE+-")) IN_NUMBER[byte] = 1;

function endOfNumber(bytes: Buffer, start: number): number {
  let i = start + 1;
  while (i < bytes.length && IN_NUMBER[bytes[i] as number] === 1) i++;
  return i;
}

/** Numbers of fewer characters are exact unless they have an exponent, and then one of at least three digits: 1e309. */
const SHORTEST_INEXACT = 5;

/** The number as text, cut, when JavaScript would change it. Fractions are doubles in Kubernetes, too. */
function inexactNumber(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start < SHORTEST_INEXACT) return undefined;
  const text = bytes.toString("latin1", start, end);
  const value = Number(text);
  const exact = Number.isFinite(value) && (!/^\d+$/.test(text) || Number.isSafeInteger(value));
  // What is no number at all is for the parser to refuse.
  return exact || Number.isNaN(value) ? undefined : shortened(text);
}
