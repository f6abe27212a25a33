import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";

/** A directory and those above it, up to the one that holds `.git`, else to the top of the file system. */
export function* directoriesUp(start: string): Iterable<string> {
  for (let directory = start; ; directory = dirname(directory)) {
    yield directory;
    if (existsSync(join(directory, ".git")) || dirname(directory) === directory) return;
  }
}

/** The directory that holds `.git`, at or above a path, links followed; undefined outside of a repository. */
export function repositoryRoot(path: string): string | undefined {
  const real = realpathSync(path);
  const start = statSync(real).isDirectory() ? real : dirname(real);
  const top = [...directoriesUp(start)].at(-1) ?? start;
  return existsSync(join(top, ".git")) ? top : undefined;
}

/** Whether a path, links followed, lies in or below a directory. */
export function isWithin(directory: string, path: string): boolean {
  return isBelow(realpathSync(directory), realpathSync(path));
}

/** The same of paths without links. */
export function isBelow(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
