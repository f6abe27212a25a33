import { json } from "./json.ts";
import type { Print } from "./options.ts";
import { text } from "./text.ts";

/** One way to print a report. */
export interface Format {
  /** The word of `-o`. */
  readonly name: string;
  /** What it is for, as half a sentence. */
  readonly summary: string;
  /** Its media type (RFC 6838). */
  readonly media: string;
  /** Whether other programs look for it in a file; else it is read where the command prints. */
  readonly inFile: boolean;
  readonly print: Print;
}

export const formats: readonly Format[] = [
  { name: "text", summary: "one line for each finding", media: "text/plain", inFile: false, print: text },
  { name: "json", summary: "all of it, for programs", media: "application/json", inFile: true, print: json },
];

/** The format of that name; undefined where there is none. */
export function formatOf(name: string): Format | undefined {
  return formats.find((format) => format.name === name);
}
