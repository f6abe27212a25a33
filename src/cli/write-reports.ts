import { accessSync, constants, lstatSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "../option.ts";
import type { Output } from "./outputs.ts";
import { replaceFiles } from "./replace-files.ts";
import { writeOut } from "./write-out.ts";

/**
 * Writes what a run found to all of its places. Files are replaced at once, all or none, so one that was there stays whole
 * when the run fails; then comes what is no plain file, and standard output last, whose reader may leave.
 * Throws UsageError for a place that cannot be written.
 * @param print the text of a format; `isTerminal` where it may go to a terminal
 */
export async function writeReports<F extends { readonly name: string }>(
  outputs: readonly Output<F>[],
  print: (format: F, isTerminal: boolean) => string,
): Promise<void> {
  const texts = outputs.map(({ format, file }) => ({ file, text: print(format, file === undefined) }));
  const plain = texts.flatMap(({ file, text }) => {
    const path = file === undefined ? undefined : plainFile(file);
    return path === undefined ? [] : [[path, text] as const];
  });
  replaceFiles(new Map(plain));
  for (const { file, text } of texts) if (file !== undefined && plainFile(file) === undefined) writeThrough(file, text);
  for (const { file, text } of texts) if (file === undefined) await writeOut(text);
}

/** Writes a file of the command's own, by the same rules. */
export function writeReport(file: string, text: string): void {
  const path = plainFile(file);
  if (path === undefined) writeThrough(file, text);
  else replaceFiles(new Map([[path, text]]));
}

// A file that is open under these names goes on being written by whoever opened it, whatever takes its place.
const OPEN_FILES = /^\/(dev|proc)\//;

/**
 * The path of a plain file, or of one that is not there yet, links followed; undefined for pipes, terminals and devices, and
 * for a file whose directory takes no other.
 */
function plainFile(file: string): string | undefined {
  if (OPEN_FILES.test(resolve(file))) return undefined;
  const info = statSync(file, { throwIfNoEntry: false });
  // A link to what is not there yet makes that file, and stays.
  if (info === undefined) return lstatSync(file, { throwIfNoEntry: false }) === undefined ? file : undefined;
  const path = info.isFile() ? realpathSync(file) : undefined;
  return path !== undefined && isWritable(dirname(path)) ? path : undefined;
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function writeThrough(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}
