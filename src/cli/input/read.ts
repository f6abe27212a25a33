import { statSync } from "node:fs";
import { UsageError } from "../../option.ts";
import { readDirectory } from "./directory.ts";
import { parseDocuments } from "./document.ts";
import type { Manifest } from "./manifest.ts";
import { defaultInput, type InputOptions } from "./options.ts";
import { mentionsOurs } from "./ours.ts";
import { wholeOf } from "./part-of.ts";
import { manifestsOf } from "./plain-manifest.ts";
import { readManifests } from "./read-source.ts";
import { readSource, readStandardInput, type Source, STANDARD_INPUT } from "./source.ts";

/**
 * Reads what PATH arguments name, in the order given: a file, a directory (docs/inputs.md says what is read of it), or `-` for
 * standard input. Objects in files that name nothing of ours are left out unread. Throws UsageError for what cannot be read.
 */
export function readInput(paths: readonly string[], options: InputOptions = defaultInput): readonly Manifest[] {
  return paths.flatMap((path) => (isDirectory(path) ? readDirectory(path, options) : readFile(path)));
}

function readFile(path: string): readonly Manifest[] {
  const source = sourceOf(path);
  const whole = path !== STANDARD_INPUT && mentionsOurs(source.text) ? wholeOf(path) : undefined;
  if (whole === undefined) return readManifests(source);
  console.error(`${path}: a part of ${whole}, read with that directory and not by itself`);
  return [];
}

/** All objects of these files, ours or not. */
export function readAllObjects(paths: readonly string[]): readonly Manifest[] {
  return paths.flatMap((path) => allObjectsOf(sourceOf(path)));
}

/** All objects of this text, ours or not. */
export function allObjectsOf(source: Source): readonly Manifest[] {
  return parseDocuments(source).flatMap(manifestsOf);
}

function isDirectory(path: string): boolean {
  return path !== STANDARD_INPUT && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function sourceOf(path: string): Source {
  if (path === STANDARD_INPUT) return readStandardInput();
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return readSource(path);
  throw new UsageError(`${path}: no such file or directory`);
}
