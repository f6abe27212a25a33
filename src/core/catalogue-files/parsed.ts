import { sha256Hex } from "../json.ts";
import type { CatalogueFile } from "./file.ts";
import { parseCatalogueFile } from "./parse.ts";

/** What catalogue files say, by path: the digest of the text, and what it parses to. */
export interface ParsedFiles {
  readonly [path: string]: readonly [sha256: string, content: unknown] | undefined;
}

/**
 * The file that `parseCatalogueFile` gives, without parsing when the text is the one that `parsed` was made of: reading the
 * YAML of all presets is half of the start of every command. A text that has changed since is read the whole way.
 */
export function recallCatalogueFile(parsed: ParsedFiles, path: string, shown: string, text: string): CatalogueFile {
  const [digest, content] = parsed[path] ?? [];
  if (digest !== sha256Hex(text)) return parseCatalogueFile(path, shown, text);
  // Lines are asked for when other files contradict this one.
  const lineOf = (field: string): number => parseCatalogueFile(path, shown, text).lineOf?.(field) ?? 1;
  return { path, shown, content, checked: true, lineOf };
}

/** The text to keep for `recallCatalogueFile`: JSON, one line for each file. They must be free of faults. */
export function parsedFilesText(files: readonly { readonly path: string; readonly text: string }[]): string {
  const lines = files.map(({ path, text }) => {
    const { content } = parseCatalogueFile(path, path, text);
    return `${JSON.stringify(path)}:${JSON.stringify([sha256Hex(text), content])}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}
