import { readFileSync, statSync } from "node:fs";
import { UsageError } from "../../option.ts";

/** A text with manifests and the name to show for it. */
export interface Source {
  readonly shown: string;
  readonly text: string;
}

/** The path, and the name in places, of standard input. */
export const STANDARD_INPUT = "-";

// A rendered set of a few thousand objects is 10 MiB; parsing more than this takes minutes.
const LARGEST_SOURCE_BYTES = 16 * 1024 * 1024;

/** Throws UsageError for a file that cannot be read or is too large. */
export function readSource(path: string): Source {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_SOURCE_BYTES) throw tooLarge(path, size);
    return { shown: path, text: readFileSync(path, "utf8") };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

export function readStandardInput(): Source {
  const text = readFileSync(0, "utf8");
  if (Buffer.byteLength(text) > LARGEST_SOURCE_BYTES) throw tooLarge("standard input", Buffer.byteLength(text));
  return { shown: STANDARD_INPUT, text };
}

function tooLarge(what: string, bytes: number): UsageError {
  const mib = (n: number): string => `${Math.ceil(n / 1024 / 1024)} MiB`;
  return new UsageError(`${what}: ${mib(bytes)} is more than ${mib(LARGEST_SOURCE_BYTES)}; split it`);
}
