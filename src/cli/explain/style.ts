/** How text is laid out for a reader. */
export interface Style {
  /** Columns of a line. */
  readonly width: number;
  readonly colour: boolean;
  /** Whether only ASCII may be written. */
  readonly ascii: boolean;
}

export const SMALLEST_WIDTH = 40;
const LARGEST_WIDTH = 160;
const USUAL_WIDTH = 80;

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * The style of an output stream: colours only on a terminal that shows them and without NO_COLOR, as wide as the terminal or
 * 80 columns, ASCII unless the locale says UTF-8.
 */
export function styleOf(
  { isTTY = false, columns }: Screen,
  environment: { readonly [name: string]: string | undefined },
  width?: number,
): Style {
  // An empty value counts as absent (no-color.org).
  const plain = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  const available = isTTY && columns !== undefined && columns > 0 ? columns : USUAL_WIDTH;
  return {
    width: Math.max(SMALLEST_WIDTH, width ?? Math.min(available, LARGEST_WIDTH)),
    colour: isTTY && !plain,
    ascii: !/utf-?8/i.test(locale),
  };
}

const REPLACEMENTS: { readonly [character: string]: string } = {
  "×": "x",
  "÷": "/",
  "−": "-",
  "≤": "<=",
  "→": "->",
  "…": "...",
  "█": "#",
  "▓": "=",
  "▒": "+",
  "░": "-",
  "·": ".",
  "●": "*",
};

/** A text in ASCII; what has no likeness there becomes a question mark. */
export function asAscii(text: string): string {
  return text.replace(/[^\x20-\x7e\n]/gu, (character) => REPLACEMENTS[character] ?? "?");
}

export function coloured(text: string, code: number, { colour }: Style): string {
  return colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}
