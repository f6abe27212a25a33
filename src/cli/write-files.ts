import { lstatSync, readFileSync } from "node:fs";
import { UsageError } from "../option.ts";
import { replaceFiles } from "./replace-files.ts";

/**
 * Puts changed texts in the place of the files they were read from. Throws UsageError before anything is written where one is
 * no plain file, no UTF-8, or not what was read any more.
 * @param files path → text as it was read, and as it is to be
 */
export function writeFiles(files: ReadonlyMap<string, { readonly before: string; readonly after: string }>): void {
  for (const [path, { before }] of files) checkUnchanged(path, before);
  replaceFiles(new Map([...files].map(([path, { after }]) => [path, after])));
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
