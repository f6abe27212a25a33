import { type Dirent, readdirSync } from "node:fs";
import { byCodePoint } from "../../core/json.ts";

/** What stands in a directory, in byte order and not the locale's. */
export function directoryEntries(directory: string): readonly Dirent[] {
  return readdirSync(directory, { withFileTypes: true }).sort((a, b) => byCodePoint(a.name, b.name));
}

/** Directories that hold nothing to apply. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
