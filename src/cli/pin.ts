import { unifiedDiff } from "../core/pin/unified-diff.ts";
import { UsageError } from "../option.ts";
import { type Arguments, command } from "./arguments.ts";
import { ExitCode } from "./exit-code.ts";
import { styleOf } from "./explain/style.ts";
import { finding } from "./finding.ts";
import type { Manifest } from "./input/manifest.ts";
import { type InputOptions, inputOptions } from "./input/options.ts";
import { readInput } from "./input/read.ts";
import { readManifests } from "./input/read-source.ts";
import { readStandardInput, STANDARD_INPUT } from "./input/source.ts";
import { type ChangedFile, changedFiles } from "./pin/changed-files.ts";
import { type Pin, pinsOf, releaseTo } from "./pin/pins.ts";
import { pinText } from "./pin/text.ts";
import { settingsOf, settingsOptions } from "./settings-of.ts";
import { writeFiles } from "./write-files.ts";
import { writeOut } from "./write-out.ts";

const options = {
  to: { kind: "text", help: "catalogue release to pin (default: the one this version runs)" },
  name: { kind: "text", help: "only what has this name" },
  check: { kind: "switch", default: false, help: "write nothing, print the diff; exit code 1 when there is one" },
  diff: { kind: "switch", default: false, help: "write nothing, print the diff" },
  followers: { kind: "switch", default: false, help: "also pin Workspaces with foresail.dev/upgrade: follow" },
  ...settingsOptions,
  ...inputOptions,
} as const;

/** `foresail pin`: states a release in files. 1 when a Workspace is refused, or with --check something would change. */
export const run = command(
  {
    name: "pin",
    usage: "[--to RELEASE] PATH… [OPTIONS]",
    about: [
      "Writes the annotation foresail.dev/catalog into the files that state Workspaces, and into pod templates that ask for a",
      "preset, and nothing else: comments, quotes, order and line ends stay. Then a release runs where git says so: the one-line",
      "change a bot proposes at an upgrade.",
      "Says of each what changes between its former release and this one, and whether the model restarts.",
      "PATH is a file, a directory, or - for standard input, whose text then goes to standard output.",
      "Workspaces with foresail.dev/upgrade: follow are left alone without --followers; one that the release would refuse is",
      "left and told on stderr. Files are replaced at once, with their mode; all or none are written.",
      "",
      "Exit codes: 0 pinned, or nothing to do; 1 the release refuses a Workspace, or with --check something would change;",
      "2 arguments, a release this version does not carry, or files that cannot be read or written; 3 internal error.",
      "Needs no cluster and no network.",
    ],
    options,
    letters: { n: "namespace", w: "name" },
    operands: true,
    examples: [
      "foresail pin clusters/prod",
      "foresail pin --to 2026.11.0 workspace.yaml",
      "foresail pin --check clusters/            # in CI: every Workspace states the release that runs",
      "foresail pin --diff clusters/ | git apply # the same change, by git",
      "foresail pin - < workspace.yaml > pinned.yaml",
    ],
  },
  pin,
);

/** Name of standard input in a diff. */
const STREAM = "standard-input";

async function pin({ values, operands }: Arguments<typeof options>): Promise<number> {
  const { catalogue, namespace } = settingsOf(values);
  const release = releaseTo(values.to, catalogue);
  const { manifests, streamed } = read(operands, values);
  const { followers } = values;
  const named = manifests.filter(({ object }) => values.name === undefined || nameOf(object) === values.name);
  const pins = pinsOf(named, { release, catalogue, namespace, followers });
  const groups = pins.map(({ edits }) => edits).filter((edits) => edits.length > 0);
  const files = changedFiles(groups, new Map(streamed === undefined ? [] : [[STREAM, streamed]]));
  for (const { manifest, issues } of pins) for (const issue of issues) console.error(finding(manifest, issue));
  const isDry = values.check || values.diff;
  const style = styleOf(process.stdout, process.env);
  const summary = pinText(told(pins), isDry ? "to pin" : "pinned", rest(pins), style);
  if (isDry) await tellAndWriteOut(summary, diffOf(files));
  else if (streamed !== undefined) await tellAndWriteOut(summary, files.get(STREAM)?.after ?? streamed);
  else {
    writeFiles(files);
    await writeOut(summary);
  }
  const refused = pins.some(({ outcome }) => outcome === "refused");
  return refused || (values.check && files.size > 0) ? ExitCode.findings : ExitCode.clean;
}

/** The text of a stream goes on to the next program; what is to be known of it does not. */
async function tellAndWriteOut(summary: string, text: string): Promise<void> {
  console.error(summary.trimEnd());
  await writeOut(text);
}

interface Read {
  readonly manifests: readonly Manifest[];
  /** The text of standard input, where that is what is pinned. */
  readonly streamed?: string;
}

function read(operands: readonly string[], options: InputOptions): Read {
  if (operands.length === 0) throw new UsageError("foresail pin needs PATH: the files or directories to pin");
  if (!operands.includes(STANDARD_INPUT)) return { manifests: readInput(operands, options) };
  if (operands.length > 1) throw new UsageError("foresail pin: - is standard input, and goes with no other PATH");
  const { text } = readStandardInput();
  return { manifests: readManifests({ shown: STREAM, text }), streamed: text };
}

function nameOf(object: Pin["manifest"]["object"]): unknown {
  return (object["metadata"] as { readonly name?: unknown } | undefined)?.name;
}

function told(pins: readonly Pin[]): Parameters<typeof pinText>[0] {
  return pins.flatMap(({ kind, name, effect }) => (effect === undefined ? [] : [{ kind, name, effect }]));
}

/** Those that are left, counted by why. */
function rest(pins: readonly Pin[]): readonly string[] {
  const count = (outcome: Pin["outcome"]): number => pins.filter((one) => one.outcome === outcome).length;
  const [done, follow, refused] = [count("done"), count("follows"), count("refused")];
  return [
    ...(done > 0 ? [`${done} pinned already`] : []),
    ...(follow > 0 ? [`${follow} left that follow (--followers pins them)`] : []),
    ...(refused > 0 ? [`${refused} left that the release refuses`] : []),
  ];
}

function diffOf(files: ReadonlyMap<string, ChangedFile>): string {
  return [...files].map(([file, { before, edits }]) => unifiedDiff(file.replace(/^\/+/, ""), before, edits)).join("");
}
