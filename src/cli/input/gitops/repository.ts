import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { isBelow, isWithin, repositoryRoot } from "../repository.ts";

/** The repository that a directory which is read lies in. */
export interface Repository {
  /** Its top, links followed; without a repository the directory itself. */
  readonly root: string;
  /** The same, absent where there is no repository. */
  readonly bounds: string | undefined;
  /** A path from the top as it is shown; undefined for what is not in the repository, links followed. */
  readonly shown: (path: string) => string | undefined;
  /** Whether a URL is that of the repository; "" and a repository that has no remote are taken for it. */
  readonly isHere: (url: string) => boolean;
}

export function repositoryOf(directory: string): Repository {
  const here = realpathSync(directory);
  const bounds = repositoryRoot(directory);
  const root = bounds ?? here;
  const remotes = remotesOf(root).map(addressOf);
  return {
    root,
    bounds,
    shown: (path) => {
      const target = join(root, path);
      if (!isBelow(root, target) || !existsSync(target) || !isWithin(root, target)) return undefined;
      return join(directory, relative(here, realpathSync(target)));
    },
    isHere: (url) => url === "" || remotes.length === 0 || remotes.some((one) => isSame(one, addressOf(url))),
  };
}

// A configuration of git is a page.
const LARGEST_CONFIG_BYTES = 1024 * 1024;

/** The URLs of the remotes of a checkout, read from its configuration; git itself is not run. */
export function remotesOf(root: string): readonly string[] {
  const config = configOf(join(root, ".git"));
  const info = config === undefined ? undefined : statSync(config, { throwIfNoEntry: false });
  if (config === undefined || info?.isFile() !== true || info.size > LARGEST_CONFIG_BYTES) return [];
  const urls: string[] = [];
  let section = "";
  for (const line of readFileSync(config, "utf8").split("\n")) {
    section = /^\s*\[(.*)\]/.exec(line)?.[1] ?? section;
    const url = /^\s*url\s*=\s*"?([^"\s]+)/.exec(line)?.[1];
    if (url !== undefined && /^remote\s/.test(section)) urls.push(url);
  }
  return urls;
}

/** Makes a directory a repository with the remotes of another, for files that were taken out of it. */
export function markRepository(directory: string, like: string): void {
  const root = repositoryRoot(like);
  const remotes = root === undefined ? [] : remotesOf(root);
  mkdirSync(join(directory, ".git"));
  writeFileSync(
    join(directory, ".git", "config"),
    remotes.map((url, i) => `[remote "r${i}"]\n\turl = ${url}\n`).join(""),
  );
}

/** The `.git` of a work tree and of a submodule is a file that leads to the directory; that of a work tree leads on. */
function configOf(git: string): string | undefined {
  const info = statSync(git, { throwIfNoEntry: false });
  if (info === undefined) return undefined;
  if (info.isDirectory()) return join(git, "config");
  const directory = linkIn(git, /^gitdir: (.+)$/m);
  if (directory === undefined) return undefined;
  const common = linkIn(join(directory, "commondir"), /^(.+)$/m);
  return join(common ?? directory, "config");
}

function linkIn(file: string, pattern: RegExp): string | undefined {
  const info = statSync(file, { throwIfNoEntry: false });
  if (info?.isFile() !== true || info.size > LARGEST_CONFIG_BYTES) return undefined;
  const path = pattern.exec(readFileSync(file, "utf8"))?.[1];
  return path === undefined || isAbsolute(path) ? path : resolve(file, "..", path);
}

/** Where a URL of git leads, whatever way there it takes. */
export interface Address {
  readonly host: string;
  readonly path: string;
}

/** `git@host:a/b.git`, `ssh://git@host:22/a/b` and `https://user@host/a/b/` are the same. */
export function addressOf(url: string): Address {
  const lower = url.trim().toLowerCase();
  const [, host = "", path = lower] =
    /^[a-z+]+:\/\/(?:[^@/]*@)?([^/:]*)(?::\d+)?\/*(.*)$/.exec(lower) ??
    /^(?:[^@/]*@)?([^/:]+):\/*(.*)$/.exec(lower) ??
    [];
  return { host, path: path.replace(/\/+$/, "").replace(/\.git$/, "") };
}

/** A host without a dot is a name of somebody's own for one, as ssh's configuration gives them. */
function isSame(one: Address, other: Address): boolean {
  const isOwnName = [one, other].some(({ host }) => host !== "" && !host.includes("."));
  return one.path === other.path && (one.host === other.host || isOwnName);
}
