import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../option.ts";
import { parseDocuments } from "./document.ts";
import { kustomizationManifests } from "./kustomize/build-manifests.ts";
import { concernsUs } from "./kustomize/concern.ts";
import { kustomizationIn } from "./kustomize/kustomization-file.ts";
import type { Manifest } from "./manifest.ts";
import { defaultInput, type InputOptions } from "./options.ts";
import { mentionsBeside, mentionsOurs } from "./ours.ts";
import { manifestsOf } from "./plain-manifest.ts";
import { readSource, readStandardInput, type Source, STANDARD_INPUT } from "./source.ts";

const MOST_FILES = 20_000;

/**
 * Reads what PATH arguments name, in the order given: a file, a directory (recursively, in byte order; hidden directories and
 * node_modules left out), a directory with a kustomization (built), or `-` for standard input. Objects in files that name
 * nothing of ours are left out unread. Throws UsageError for what cannot be read.
 */
export function readInput(paths: readonly string[], options: InputOptions = defaultInput): readonly Manifest[] {
  return paths.flatMap((path) => readPath(path, options));
}

/** All objects of these files, ours or not. */
export function readAllObjects(paths: readonly string[]): readonly Manifest[] {
  return paths.flatMap((path) => parseDocuments(sourceOf(path)).flatMap(manifestsOf));
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

function sourceOf(path: string): Source {
  if (path === STANDARD_INPUT) return readStandardInput();
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return readSource(path);
  throw new UsageError(`${path}: no such file or directory`);
}

function readPath(path: string, options: InputOptions): readonly Manifest[] {
  const isDirectory = path !== STANDARD_INPUT && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory ? readDirectory(path, { ...options, seen: { files: 0 } }) : readManifests(sourceOf(path));
}

interface Walk extends InputOptions {
  readonly seen: { files: number };
}

function readDirectory(directory: string, walk: Walk): readonly Manifest[] {
  const kustomization = kustomizationIn(directory);
  if (kustomization !== undefined) {
    if (isComponent(kustomization) || !concernsUs(directory)) return [];
    return kustomizationManifests(directory, walk.kustomize);
  }
  // Byte order, not the locale's; links to directories are not followed, so there are no loops.
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return isHidden(entry.name) ? [] : readDirectory(path, walk);
    if (!/\.(ya?ml|json)$/.test(entry.name) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    if (++walk.seen.files > MOST_FILES) {
      throw new UsageError(`${directory}: more than ${MOST_FILES} files; name a smaller directory`);
    }
    return readManifests(readSource(path));
  });
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A kustomize Component changes other kustomizations and means nothing by itself. */
function isComponent(file: string): boolean {
  return /^kind:\s*Component\s*$/m.test(readSource(file).text);
}
