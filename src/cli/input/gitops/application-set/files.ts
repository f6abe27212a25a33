import { join } from "node:path";
import { directoryEntries, isHidden } from "../../directory-entries.ts";
import { matchesStars } from "../star-pattern.ts";
import { Undecided } from "./parameters.ts";

const MOST_PATHS = 20_000;

/** Directories and files of a repository, as paths from its top. Hidden directories are left out, links not followed. */
export function pathsBelow(root: string): {
  readonly directories: readonly string[];
  readonly files: readonly string[];
} {
  const directories: string[] = [];
  const files: string[] = [];
  const visit = (inside: string): void => {
    for (const entry of directoryEntries(join(root, inside))) {
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (files.length + directories.length > MOST_PATHS)
        throw new Undecided(`the repository has more than ${MOST_PATHS} paths`);
      if (entry.isDirectory() && !isHidden(entry.name)) {
        directories.push(path);
        visit(path);
      } else if (entry.isFile()) files.push(path);
    }
  };
  visit("");
  return { directories, files };
}

/** Patterns of directories are Go's path.Match: no `*` goes over a `/`. */
export function matchesDirectory(path: string, pattern: string): boolean {
  const [segments, patterns] = [path.split("/"), plain(pattern).split("/")];
  return segments.length === patterns.length && segments.every((one, i) => matchesStars(one, patterns[i] ?? ""));
}

/** Patterns of files are git's: `*` goes over any `/`. */
export function matchesFile(path: string, pattern: string): boolean {
  return matchesStars(path, plain(pattern));
}

function plain(pattern: string): string {
  if (/[?[\\\]]/.test(pattern)) throw new Undecided(`the pattern ${pattern} is not known`);
  return pattern;
}
