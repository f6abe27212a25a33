import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../option.ts";
import { parseDocuments } from "./document.ts";
import { buildKustomization } from "./kustomize.ts";
import type { Manifest } from "./manifest.ts";
import { mentionsBeside, mentionsOurs } from "./ours.ts";
import { manifestsOf } from "./plain-manifest.ts";
import { readSource, readStandardInput, type Source, STANDARD_INPUT } from "./source.ts";

const KUSTOMIZATION_FILES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const MOST_FILES = 20_000;

/**
 * Reads what PATH arguments name, in the order given: a file, a directory (recursively, in byte order; hidden directories and
 * node_modules left out), a directory with a kustomization (built), or `-` for standard input. Objects in files that name
 * nothing of ours are left out unread. Throws UsageError for what cannot be read.
 */
export function readInput(paths: readonly string[]): readonly Manifest[] {
  return readSources(paths).flatMap(readManifests);
}

/** All objects, ours or not. */
export function readAllObjects(paths: readonly string[]): readonly Manifest[] {
  return readSources(paths).flatMap((source) => parseDocuments(source).flatMap(manifestsOf));
}

/**
 * The objects of a YAML or JSON text: every document, and the items of every List. A text that names neither our API group, nor our label,
 * nor settings of ours is skipped unparsed, so that templates which are not YAML yet do no harm.
 * Throws UsageError with path and line for text that cannot be parsed.
 */
export function readManifests(source: Source): readonly Manifest[] {
  const ours = mentionsOurs(source.text);
  if (!ours && !mentionsBeside(source.text)) return [];
  const documents = parseDocuments(source);
  if (!ours && documents.some(({ document }) => document.errors.length > 0)) return [];
  return documents.flatMap(manifestsOf);
}

function readSources(paths: readonly string[]): readonly Source[] {
  return paths.flatMap((path) => (path === STANDARD_INPUT ? [readStandardInput()] : readPath(path)));
}

function readPath(path: string): readonly Source[] {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new UsageError(`${path}: no such file or directory`);
  return info.isDirectory() ? readDirectory(path, { files: 0 }) : [readSource(path)];
}

function readDirectory(directory: string, seen: { files: number }): readonly Source[] {
  const kustomization = KUSTOMIZATION_FILES.map((name) => join(directory, name)).find((file) => existsSync(file));
  if (kustomization !== undefined) {
    return isComponent(kustomization) ? [] : [{ shown: kustomization, text: buildKustomization(directory) }];
  }
  // Byte order, not the locale's; links to directories are not followed, so there are no loops.
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return isHidden(entry.name) ? [] : readDirectory(path, seen);
    if (!/\.(ya?ml|json)$/.test(entry.name) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    if (++seen.files > MOST_FILES) {
      throw new UsageError(`${directory}: more than ${MOST_FILES} files; name a smaller directory`);
    }
    return [readSource(path)];
  });
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A kustomize Component changes other kustomizations and means nothing by itself. */
function isComponent(file: string): boolean {
  return /^kind:\s*Component\s*$/m.test(readSource(file).text);
}
