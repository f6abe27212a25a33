import { relative, sep } from "node:path";
import { repositoryRoot } from "../input/repository.ts";

/** This directory from the root of the repository, with slashes: `deploy/prod`; empty at the root and outside of one. */
export function directoryInRepository(here: string): string {
  const root = repositoryRoot(here);
  return root === undefined ? "" : relative(root, here).split(sep).join("/");
}
