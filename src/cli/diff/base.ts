import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, posix } from "node:path";
import type { State } from "../../core/compare/state.ts";
import { UsageError } from "../../option.ts";
import { markRepository } from "../input/gitops/repository.ts";
import { signalsHeard, withScratch } from "../scratch.ts";
import { commitOf, contentsOf, directoryInRepository, filesOf, mergeBase } from "./git.ts";
import { neededFiles } from "./needed-files.ts";

export interface Base {
  readonly state: State;
  /** What it is called in a report. */
  readonly shown: string;
}

/** What the files of these paths state; none where there are none. */
export type ReadState = (there: readonly string[]) => State;

/**
 * The state of the repository that a branch started from, read from git without touching work tree or index.
 * @param paths relative to the current directory; what is not in base is empty there
 */
export async function readGitBase(ref: string, paths: readonly string[], read: ReadState): Promise<Base> {
  const { value, shown } = await inGitBase(ref, paths, read);
  return { state: value, shown };
}

/**
 * What `read` makes of these paths as they are in the repository a branch started from.
 * @param paths relative to the current directory
 * @param read gets those that are there, none where base has none of them
 */
export async function inGitBase<T>(
  ref: string,
  paths: readonly string[],
  read: (there: readonly string[]) => T,
): Promise<{ readonly value: T; readonly shown: string }> {
  const prefix = directoryInRepository();
  const inside = paths.map((path) => pathInRepository(prefix, path));
  const { id, isShallow } = commitOf(ref);
  const start = mergeBase(id);
  if (start === undefined && isShallow) {
    console.error(
      `no common commit of ${ref} and HEAD in this shallow clone: compared with ${ref} itself (fetch-depth: 0 mends it)`,
    );
  }
  const commit = start ?? id;
  const shown = commit === id ? ref : `${ref} (from ${commit.slice(0, 12)})`;
  const files = neededFiles(filesOf(commit), inside, contentsOf);
  const value = withScratch("foresail-base-", (directory) => {
    // What Flux and Argo CD objects name is relative to its top, and of it only where their URL is.
    markRepository(directory, ".");
    for (const [path, content] of files) write(directory, path, content);
    return readBase(directory, inside, shown, read);
  });
  // One that came meanwhile ends the process before there is an answer.
  await signalsHeard();
  return { value, shown };
}

/** The same paths below another directory. */
export function readDirectoryBase(directory: string, paths: readonly string[], read: ReadState): Base {
  if (!existsSync(directory)) throw new UsageError(`--base-dir ${directory}: no such directory`);
  const relative = paths.map((path) => {
    if (!isAbsolute(path) && !posix.normalize(path).startsWith("..")) return path;
    throw new UsageError(
      `${path}: with --base-dir a path is one below the current directory, which --base-dir stands for`,
    );
  });
  const there = relative.map((path) => join(directory, path)).filter((path) => existsSync(path));
  return { state: read(there), shown: directory };
}

function pathInRepository(prefix: string, path: string): string {
  const inside = posix.normalize(posix.join(prefix, path)).replace(/\/$/, "");
  if (isAbsolute(path) || inside === ".." || inside.startsWith("../")) {
    throw new UsageError(`${path}: with --base a path is relative and inside the repository`);
  }
  return inside === "." ? "" : inside;
}

function write(directory: string, path: string, content: Buffer): void {
  // git makes no such names; an object that was made by hand may have them.
  if (path.split("/").some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git")) {
    throw new UsageError(`base has a file of the name ${JSON.stringify(path.slice(0, 200))}, which is not read`);
  }
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
}

function readBase<T>(
  directory: string,
  inside: readonly string[],
  shown: string,
  read: (there: readonly string[]) => T,
): T {
  const there = inside.map((path) => join(directory, path)).filter((path) => existsSync(path));
  try {
    return read(there);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // Nobody knows the directory, and it is gone.
    throw new UsageError(`in base ${shown}: ${error.message.replaceAll(`${directory}/`, "")}`);
  }
}
