import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

// All that reads data of the package by name comes through here: in the single file (bundle/) the texts lie in the program.

/** The text of a file of the package, by its path below it. Throws when it is not there. */
export function shippedText(path: string, root: string = packageRoot()): string {
  return readFileSync(join(root, path), "utf8");
}

/** The paths of all files below a directory of the package, hidden ones left out, in the order of bytes. */
export function shippedPaths(directory: string, root: string = packageRoot()): readonly string[] {
  return readdirSync(join(root, directory), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? shippedPaths(path, root) : [path];
    });
}
