import { randomUUID } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../option.ts";

/**
 * Puts texts in the place of files, each at once: readers see the old file or the new one, with its mode. All are written
 * beside their places before the first takes one. Throws UsageError where one cannot be written.
 * @param files path of a plain file, or of one that is not there yet → its text
 */
export function replaceFiles(files: ReadonlyMap<string, string>): void {
  const temporary = new Map<string, string>();
  try {
    for (const [path, text] of files)
      temporary.set(
        path,
        told(path, () => writeBeside(path, text)),
      );
    for (const [path, beside] of temporary) {
      told(path, () => renameSync(beside, path));
      temporary.delete(path);
    }
  } finally {
    for (const beside of temporary.values()) rmSync(beside, { force: true });
  }
}

/** The words of the system without the path, which may be that of the file beside. */
function told<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split(",");
    throw new UsageError(`${path} cannot be written: ${reason}`);
  }
}

/** A new file beside the one it is to replace, because only within a directory a rename is at once. */
function writeBeside(path: string, text: string): string {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const former = lstatSync(path, { throwIfNoEntry: false });
  // A new file gets what the process gives its files.
  const file = openSync(beside, "wx", former === undefined ? 0o666 : 0o600);
  try {
    writeFileSync(file, text);
    if (former !== undefined) fchmodSync(file, former.mode & 0o7777);
    // A rename may reach the disk before the text does.
    fsyncSync(file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return beside;
}
