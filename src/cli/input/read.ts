import { statSync } from "node:fs";
import { UsageError } from "../../option.ts";
import { collect, type Entry } from "./collect.ts";
import { readDirectory } from "./directory.ts";
import { parseDocuments } from "./document.ts";
import type { Files } from "./kustomize/files.ts";
import { Kustomizations } from "./kustomize/kustomizations.ts";
import { usedByOthers } from "./kustomize/roots.ts";
import type { Manifest } from "./manifest.ts";
import { defaultInput, type InputOptions } from "./options.ts";
import { mentionsOurs } from "./ours.ts";
import { wholeOf } from "./part-of.ts";
import { manifestsOf } from "./plain-manifest.ts";
import { readManifests } from "./read-source.ts";
import { readSource, readStandardInput, type Source, STANDARD_INPUT } from "./source.ts";

/** The manifests of what PATH operands name; without one of this directory. Throws UsageError for what cannot be read. */
export function readOperands(operands: readonly string[], options: InputOptions): readonly Manifest[] {
  return readInput(operands.length === 0 ? ["."] : operands, options);
}

/**
 * Reads what PATH arguments name, in the order given: a file, a directory (docs/inputs.md says what is read of it), or `-` for
 * standard input. Objects in files that name nothing of ours are left out unread. Throws UsageError for what cannot be read.
 */
export function readInput(paths: readonly string[], options: InputOptions = defaultInput): readonly Manifest[] {
  const kustomizations = new Kustomizations(options.kustomize);
  const { files } = kustomizations;
  const operands = paths.map((path) => ({ path, entries: isDirectory(path) ? collect(path, files) : undefined }));
  const directories = operands.flatMap(({ entries = [] }) => entries.filter(isKustomization).map(({ path }) => path));
  const reading = { options, kustomizations, used: usedByOthers(directories, kustomizations) };
  return operands.flatMap(({ path, entries }) =>
    entries === undefined ? readFile(path, files) : readDirectory(path, entries, reading),
  );
}

function isKustomization({ kind }: Entry): boolean {
  return kind === "kustomization";
}

function readFile(path: string, files: Files): readonly Manifest[] {
  const source = sourceOf(path);
  const whole = path !== STANDARD_INPUT && mentionsOurs(source.text) ? wholeOf(path, files) : undefined;
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
