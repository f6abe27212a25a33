import type { FormatOptions } from "./options.ts";

const STANDARD_INPUT = "-";

/**
 * A file's path from the root of the repository, as reviews and code scanning know it: `.` and `..` gone as far as they can.
 * @param file as a report names it
 * @returns undefined for standard input, which is no file; an absolute path stays what it is
 */
export function repositoryPath(file: string, { directory }: FormatOptions): string | undefined {
  if (file === STANDARD_INPUT) return undefined;
  const isAbsolute = file.startsWith("/");
  const kept: string[] = [];
  for (const part of (isAbsolute ? file : `${directory}/${file}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (part !== ".." || !isAbsolute) kept.push(part);
  }
  return (isAbsolute ? "/" : "") + kept.join("/");
}

/** The path as a relative reference of RFC 3986, or a file URI where it is absolute. */
export function pathUri(path: string): string {
  const uri = path
    .split("/")
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join("/");
  return path.startsWith("/") ? `file://${uri}` : uri;
}
