import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The directory that holds `.git`, from here up; undefined outside of a repository. */
export function repositoryRoot(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, ".git"))) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

/** This directory from the root of the repository, with slashes: `deploy/prod`; empty at the root and outside of one. */
export function directoryInRepository(here: string): string {
  const root = repositoryRoot(here);
  return root === undefined ? "" : relative(root, here).split(sep).join("/");
}
