import { lstatSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../option.ts";
import { packageVersion } from "../package-root.ts";
import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { type Files, githubFiles, gitlabFiles, hookFiles } from "./init/ci.ts";
import { CONFIG } from "./init/config.ts";
import { writeOut } from "./write-out.ts";

const options = {
  ci: { kind: "choice", choices: ["github", "gitlab", "none"], default: "github", help: "whose pipeline is written" },
  hook: { kind: "switch", default: true, help: "a hook for pre-commit; --no-hook: none" },
  force: { kind: "switch", default: false, help: "overwrite files that are there" },
} as const;

/** `foresail init`: the files a repository needs to have its Workspaces checked. 2 when one of them is there already. */
export const run = command(
  {
    name: "init",
    usage: "[DIR] [OPTIONS]",
    about: [
      "Writes into DIR (default: this directory) what a repository needs to have its Workspaces checked: .foresail.yaml with every",
      "key at its default, a hook for pre-commit, and a pipeline. For GitHub that is a pair of workflows: one reads the pull",
      "request without any right to write, the other comments, so that pull requests of forks need no token.",
      "All pin the version of foresail that writes them. Nothing that is there is overwritten without --force.",
      "",
      "Exit codes: 0 written; 2 arguments, or a file is there already, and nothing is written; 3 internal error.",
    ],
    options,
    operands: true,
    examples: ["foresail init", "foresail init --ci gitlab", "foresail init --ci none --no-hook deploy/"],
  },
  init,
);

async function init({ values, operands }: Arguments<typeof options>): Promise<number> {
  const [directory = ".", ...more] = operands;
  if (more.length > 0) throw new UsageError("foresail init takes one DIR");
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`${directory}: no such directory`);
  }
  const version = packageVersion();
  const files: Files = [
    [".foresail.yaml", CONFIG],
    ...(values.ci === "github" ? githubFiles(version) : values.ci === "gitlab" ? gitlabFiles(version) : []),
    ...(values.hook ? hookFiles(version) : []),
  ];
  checkFree(directory, files, values.force);
  for (const [path, text] of files) write(join(directory, path), text, values.force);
  await writeOut(files.map(([path]) => `wrote ${join(directory, path)}\n`).join(""));
  return ExitCode.clean;
}

function checkFree(directory: string, files: Files, force: boolean): void {
  const there = files
    .map(([path]) => join(directory, path))
    .map((path) => ({ path, info: lstatSync(path, { throwIfNoEntry: false }) }))
    // What a link leads to may be anywhere.
    .filter(({ info }) => info !== undefined && !(force && info.isFile()));
  if (there.length === 0) return;
  const names = there.map(({ path }) => path).join(", ");
  throw new UsageError(
    force
      ? `${names}: no plain file; nothing is written`
      : `already there: ${names}; nothing is written (--force overwrites)`,
  );
}

function write(path: string, text: string, force: boolean): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}
