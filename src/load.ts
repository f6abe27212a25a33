import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { Catalogue } from "./core/catalogue.ts";
import { buildCatalogue, type CatalogueFile } from "./core/catalogue-build.ts";
import { packageRoot } from "./package-root.ts";

/**
 * Reads the catalogue that ships and, on top, the files of the directories given.
 * @throws CatalogueError with file and line when a file is wrong.
 */
export function loadCatalogue(directories: readonly string[] = []): Catalogue {
  const root = packageRoot();
  return buildCatalogue(
    readCatalogueFiles(join(root, "presets"), root),
    directories.map((d) => readCatalogueFiles(d, ".")),
  );
}

function readCatalogueFiles(directory: string, shownFrom: string): readonly CatalogueFile[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ya?ml|json)$/.test(path))
    .sort()
    .map((path) => readCatalogueFile(join(directory, path), path, shownFrom));
}

function readCatalogueFile(file: string, path: string, shownFrom: string): CatalogueFile {
  const text = readFileSync(file, "utf8");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 0 } as object);
  const shown = shownFrom === "." ? file : relative(shownFrom, file);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    const at = lines.linePos(syntax.pos[0]);
    return { path, shown, text, error: { line: at.line, message: syntax.message.split("\n")[0] ?? "" } };
  }
  return {
    path,
    shown,
    text,
    content: document.toJS(),
    lineOf: (pointer) => lineOf(document, lines, pointer),
  };
}

/** Line of the value at a JSON pointer, or of its nearest parent that exists. */
function lineOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, pointer: string): number {
  const keys = pointer.split("/").slice(1);
  for (let depth = keys.length; depth >= 0; depth--) {
    const path = keys.slice(0, depth).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}
