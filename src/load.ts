import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Catalogue } from "./core/catalogue.ts";
import { buildCatalogue, CatalogueError, type CatalogueFile } from "./core/catalogue-build.ts";
import { kindNames } from "./core/catalogue-files/kinds.ts";
import { LARGEST_FILE_BYTES, parseCatalogueFile } from "./core/catalogue-files/parse.ts";
import { type ParsedFiles, recallCatalogueFile } from "./core/catalogue-files/parsed.ts";
import { shippedPaths, shippedText } from "./shipped-files.ts";

// The shipped catalogue has about 80 files; a directory with more than this was given by mistake.
const MOST_FILES = 2_000;
/** The presets as `foresail` reads them fastest, relative to the package. Hidden: it is no data of its own. */
export const PARSED_FILES = "presets/.parsed.json";
// Beside the data: JSON Schemas for editors, and what makes a ConfigMap of the files.
const NO_DATA = /(^|\/)(schemas\/.*|kustomization\.ya?ml)$/;

/**
 * Reads the catalogue that ships and, on top, the files given.
 * @param paths directories laid out like `presets/`, or single files.
 * @throws CatalogueError with file and line when a file is wrong; an Error with `syscall` when one cannot be read.
 */
export function loadCatalogue(paths: readonly string[] = []): Catalogue {
  return buildCatalogue(shippedCatalogueFiles(), readCatalogueFiles(paths));
}

/** The files of presets/. What generate.ts kept of the texts they have is not parsed again. */
export function shippedCatalogueFiles(root?: string): readonly CatalogueFile[] {
  const parsed = readParsed(root);
  return shippedPaths("presets", root)
    .filter(isData)
    .map((path) => recallCatalogueFile(parsed, path.slice("presets/".length), path, shippedText(path, root)));
}

/** Without it, or with one that cannot be read, all is parsed: that takes longer and gives the same. */
function readParsed(root: string | undefined): ParsedFiles {
  try {
    return JSON.parse(shippedText(PARSED_FILES, root));
  } catch {
    return {};
  }
}

function isData(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path) && !NO_DATA.test(path);
}

/** The catalogue files of directories and single files. Messages name them below `shownFrom`, absent: as they were given. */
export function readCatalogueFiles(paths: readonly string[], shownFrom?: string): readonly CatalogueFile[] {
  return paths.flatMap((path) => {
    const isDirectory = statSync(path).isDirectory();
    const root = isDirectory ? path : dirname(path);
    const below = isDirectory ? filesBelow(path) : [basename(path)];
    return below.map((file) => {
      const full = join(root, file);
      const shown = shownFrom === undefined ? full : relative(shownFrom, full);
      return readFile(full, isDirectory ? file : pathOfSingle(full), shown);
    });
  });
}

/** A single file may lie in a directory that says what it is: models/acme.yaml. */
function pathOfSingle(file: string): string {
  const directory = basename(dirname(resolve(file)));
  return kindNames.some((kind) => kind === directory) ? `${directory}/${basename(file)}` : basename(file);
}

function filesBelow(directory: string, prefix = ""): readonly string[] {
  const files = readdirSync(join(directory, prefix), { withFileTypes: true })
    // Hidden ones are version control's, or the links a mounted ConfigMap consists of.
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) return filesBelow(directory, `${path}/`);
      return isData(path) ? [path] : [];
    });
  if (files.length <= MOST_FILES) return files;
  const message = `holds more than ${MOST_FILES} files: name the directory of catalogue files`;
  throw new CatalogueError([{ file: { path: directory, shown: directory }, line: 1, message }]);
}

function readFile(full: string, path: string, shown: string): CatalogueFile {
  const bytes = statSync(full).size;
  if (bytes <= LARGEST_FILE_BYTES) return parseCatalogueFile(path, shown, readFileSync(full, "utf8"));
  const message = `is ${bytes} bytes large; at most ${LARGEST_FILE_BYTES} are read: split it`;
  return { path, shown, error: { line: 1, message } };
}
