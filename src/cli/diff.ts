import { existsSync } from "node:fs";
import { compare } from "../core/compare/compare.ts";
import type { Comparison } from "../core/compare/comparison.ts";
import { comparisonHtml } from "../core/compare/format/html.ts";
import { comparisonJson } from "../core/compare/format/json.ts";
import { comparisonMarkdown } from "../core/compare/format/markdown.ts";
import { comparisonText } from "../core/compare/format/text.ts";
import { hasChanges } from "../core/compare/format/words.ts";
import { UsageError } from "../option.ts";
import { packageVersion } from "../package-root.ts";
import { type Arguments, command } from "./arguments.ts";
import { type Base, type ReadState, readDirectoryBase, readGitBase } from "./diff/base.ts";
import { readLiveFile } from "./diff/live-file.ts";
import { stateOfAll } from "./diff/state.ts";
import { ExitCode } from "./exit-code.ts";
import { inputOptions } from "./input/options.ts";
import { readInput } from "./input/read.ts";
import { nothingFound } from "./nothing-found.ts";
import { outputHelp, readOutputs } from "./outputs.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeReports } from "./write-reports.ts";

interface Format {
  readonly name: string;
  readonly print: (comparison: Comparison, key: string) => string;
}

const formats: readonly [Format, ...Format[]] = [
  { name: "text", print: comparisonText },
  { name: "json", print: comparisonJson },
  { name: "markdown", print: comparisonMarkdown },
  { name: "html", print: comparisonHtml },
];

const options = {
  base: {
    kind: "text",
    help: "commit, branch or tag to compare with; what a branch changed is compared with where it began",
  },
  baseDir: { kind: "text", help: "directory that stands for the current one in the former state, instead of --base" },
  live: {
    kind: "list",
    help: "file with what the cluster holds: kubectl get workspaces -A -o json; repeatable, one for each group",
  },
  output: { kind: "list", help: outputHelp(formats) },
  key: {
    kind: "text",
    default: "default",
    help: "of the hidden marker in markdown, where one pull request has several",
  },
  exitCode: { kind: "switch", default: false, help: "exit with 1 when anything differs" },
  ...settingsOptions,
  ...inputOptions,
} as const;

type DiffArguments = Arguments<typeof options>;

/** `foresail diff`: what a change of the files does to the cluster. */
export const run = command(
  {
    name: "diff",
    usage: "(--base REF | --base-dir DIR) [PATH…] [OPTIONS]",
    about: [
      "Says what the files as they are change against the files of another commit: fields of the expansion, which pods restart,",
      "why and for how long nothing serves, nodes and price per month, and what admission refuses. Needs no cluster and no network.",
      "PATH is a file, a directory or a kustomization (default: this directory), at the same place in both states. The former state is",
      "read from git; work tree and index stay as they are. A Workspace whose inputs are the same keeps the expansion that is stored.",
      "Exit codes: 0 done, 1 something differs (only with --exit-code), 2 usage or input error, 3 internal error.",
    ],
    options,
    letters: { n: "namespace", o: "output" },
    operands: true,
    examples: [
      "foresail diff --base origin/main",
      "foresail diff --base origin/main deploy/ -o text -o markdown=diff.md -o json=diff.json",
      "kubectl get workspaces -A -o json > live.json && foresail diff --base origin/main --live live.json",
      "foresail diff --base-dir ../main deploy/ --exit-code",
    ],
  },
  diff,
);

async function diff({ values, operands }: DiffArguments): Promise<number> {
  const outputs = readOutputs(values.output, formats);
  if (!/^[\w.-]{1,64}$/.test(values.key))
    throw new UsageError("--key takes up to 64 letters, digits, dots, dashes and underscores");
  const paths = operands.length === 0 ? ["."] : operands;
  if (paths.includes("-")) throw new UsageError("- has no former state: name files or directories");
  const { catalogue, namespace } = settingsOf(values);
  const read: ReadState = (there) => stateOfAll(readInput(there, values), namespace);
  const live = values.live.length === 0 ? {} : { live: values.live.flatMap(readLiveFile) };
  const base = await readBase(values, paths, read);
  const head = readHead(paths, base, read);
  const named = { base: base.shown, version: packageVersion() };
  const comparison = compare({ base: base.state, head, ...live, catalogue, named });
  if (comparison.compared.length === 0) console.error(nothingFound(operands));
  await writeReports(outputs, ({ print }) => print(comparison, values.key));
  return values.exitCode && hasChanges(comparison) ? ExitCode.findings : ExitCode.clean;
}

async function readBase(values: DiffArguments["values"], paths: readonly string[], read: ReadState): Promise<Base> {
  const { base, baseDir } = values;
  if ((base === undefined) === (baseDir === undefined)) {
    throw new UsageError(
      "foresail diff compares with one of --base REF and --base-dir DIR, for example --base origin/main",
    );
  }
  return base === undefined ? readDirectoryBase(baseDir ?? "", paths, read) : await readGitBase(base, paths, read);
}

/** A path that is gone is empty now; one that was never there is a mistake. */
function readHead(paths: readonly string[], { state }: Base, read: ReadState): ReturnType<ReadState> {
  const there = paths.filter((path) => existsSync(path));
  const isNew = state.workspaces.length + state.templates.length === 0;
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined && isNew) throw new UsageError(`${missing}: no such file or directory`);
  return read(there);
}
