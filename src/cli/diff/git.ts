import { spawnSync } from "node:child_process";
import { UsageError } from "../../option.ts";

// Objects of one state of a repository, read at once.
const LARGEST_OUTPUT_BYTES = 1024 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** One file of a commit. */
export interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly bytes: number;
}

export interface Commit {
  readonly id: string;
  /** Whether the history was cut off by a shallow clone. */
  readonly isShallow: boolean;
}

interface Answer {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs git in the current directory. It only reads: no lock is taken, no missing object is fetched. */
function git(args: readonly string[], input = ""): Answer {
  const { error, status, stdout, stderr } = spawnSync("git", [...args], {
    input,
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_OUTPUT_BYTES,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
  });
  if (error !== undefined && "code" in error && error.code === "ENOENT") {
    throw new UsageError("--base needs git, which is not on PATH: install it, or name a directory with --base-dir");
  }
  if (error !== undefined) throw new UsageError(`git ${args[0]}: ${error.message}`);
  return { code: status ?? 1, out: stdout, err: stderr.toString().trim() };
}

/** Path of the current directory below the top of its work tree, with `/` at its end; empty at the top. */
export function directoryInRepository(): string {
  const { code, out, err } = git(["rev-parse", "--is-inside-work-tree", "--show-prefix"]);
  const [inside, prefix = ""] = out.toString().split("\n");
  if (code !== 0) throw new UsageError(`--base needs a git repository: ${lastLine(err)}`);
  if (inside !== "true")
    throw new UsageError("--base needs a work tree: this is a bare repository, or its .git directory");
  return prefix;
}

/** The commit that a name stands for. Throws UsageError with what a shallow clone lacks. */
export function commitOf(name: string): Commit {
  const isShallow = git(["rev-parse", "--is-shallow-repository"]).out.toString().trim() === "true";
  const { code, out } = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  if (code === 0) return { id: out.toString().trim(), isShallow };
  const shallow = isShallow
    ? "this clone is shallow: fetch all of the history (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"
    : `fetch it first: git fetch origin ${name.replace(/^origin\//, "")}`;
  throw new UsageError(`--base ${name} is no commit of this repository; ${shallow}`);
}

/** Where the branch that is checked out left another one; undefined where no common commit is there. */
export function mergeBase(commit: string): string | undefined {
  const { code, out } = git(["merge-base", commit, "HEAD"]);
  return code === 0 ? out.toString().trim() : undefined;
}

/** All files of a commit by their paths. Submodules are left out. */
export function filesOf(commit: string): ReadonlyMap<string, Entry> {
  const { code, out, err } = git(["ls-tree", "-r", "-z", "-l", "--full-tree", commit]);
  if (code !== 0) throw new UsageError(`git ls-tree: ${lastLine(err)}`);
  const rows = out
    .toString()
    .split("\0")
    .filter((row) => row !== "");
  return new Map(
    rows.flatMap((row) => {
      const [, mode = "", type, id = "", bytes = "", path = ""] =
        /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(row) ?? [];
      return type === "blob" ? [[path, { mode, id, bytes: Number(bytes) }] as const] : [];
    }),
  );
}

/** The contents of files, in the order of their ids. */
export function contentsOf(ids: readonly string[]): readonly Buffer[] {
  if (ids.length === 0) return [];
  const { code, out, err } = git(["cat-file", "--batch"], `${ids.join("\n")}\n`);
  if (code !== 0) throw new UsageError(`git cat-file: ${lastLine(err)}`);
  const contents: Buffer[] = [];
  let at = 0;
  for (const id of ids) {
    const end = out.indexOf(10, at);
    const [, type, bytes = ""] = out.toString("utf8", at, end).split(" ");
    if (type !== "blob") throw new UsageError(`object ${id} of base is not in this clone: fetch it without a filter`);
    contents.push(out.subarray(end + 1, end + 1 + Number(bytes)));
    at = end + 1 + Number(bytes) + 1;
  }
  return contents;
}

function lastLine(text: string): string {
  return text.split("\n").at(-1) ?? "";
}
