import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../option.ts";

/**
 * Puts texts in the place of files, each at once: readers see the old file or the new one, with its mode. Throws UsageError
 * before anything is written where one is no plain file, no UTF-8, or not what was read any more.
 * @param files path → text as it was read, and as it is to be
 */
export function writeFiles(files: ReadonlyMap<string, { readonly before: string; readonly after: string }>): void {
  for (const [path, { before }] of files) checkUnchanged(path, before);
  const temporary = new Map<string, string>();
  try {
    for (const [path, { after }] of files) temporary.set(path, writeBeside(path, after));
    for (const [path, beside] of temporary) {
      renameSync(beside, path);
      temporary.delete(path);
    }
  } catch (error) {
    throw new UsageError(`cannot be written: ${error instanceof Error ? error.message : error}`);
  } finally {
    for (const beside of temporary.values()) rmSync(beside, { force: true });
  }
}

function checkUnchanged(path: string, before: string): void {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new UsageError(`${path}: it is gone; nothing is written`);
  if (info.isSymbolicLink()) throw new UsageError(`${path} is a link: name the file it leads to; nothing is written`);
  if (!info.isFile()) throw new UsageError(`${path} is no plain file; nothing is written`);
  const bytes = readFileSync(path);
  // What is no UTF-8 was read with replacement characters, and would be written with them.
  if (!bytes.equals(Buffer.from(before))) {
    throw new UsageError(`${path} has changed since it was read, or is no UTF-8; nothing is written`);
  }
}

/** A new file beside the one it is to replace, because only within a directory a rename is at once. */
function writeBeside(path: string, text: string): string {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const file = openSync(beside, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fchmodSync(file, lstatSync(path).mode & 0o7777);
    // A rename may reach the disk before the text does.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return beside;
}
