import { CatalogueError } from "../core/catalogue-files/file.ts";
import { nearest } from "../core/nearest.ts";
import { UsageError } from "../option.ts";
import { packageVersion } from "../package-root.ts";
import { type CommandEntry, commands } from "./commands.ts";
import { ExitCode } from "./exit-code.ts";

/**
 * The whole program.
 * @param args what follows the program's name.
 * @returns the exit code: 0 clean, 1 findings, 2 usage or input error, 3 internal error. Never throws.
 */
export async function main(args: string[]): Promise<number> {
  ignoreClosedPipes();
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof UsageError || error instanceof CatalogueError) {
      console.error(error.message);
      return ExitCode.usage;
    }
    reportCrash(error);
    return ExitCode.internal;
  }
}

async function dispatch([name, ...rest]: string[]): Promise<number> {
  switch (name) {
    case undefined:
      console.error(helpText());
      return ExitCode.usage;
    case "--help":
    case "-h":
      console.log(helpText());
      return ExitCode.clean;
    case "help":
      return await dispatch(rest[0] === undefined ? ["--help"] : [rest[0], "--help"]);
    case "--version":
      console.log(packageVersion());
      return ExitCode.clean;
  }
  const entry = commands.find((one) => one.name === name);
  if (entry === undefined) throw new UsageError(unknownCommand(name));
  const { run } = await entry.load();
  return await run(rest);
}

function unknownCommand(name: string): string {
  const names = commands.map((entry) => entry.name);
  const near = nearest(name, names);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `commands are ${names.join(", ")}`;
  return `foresail has no command ${JSON.stringify(name.slice(0, 80))}; ${hint} See foresail --help.`;
}

function helpText(): string {
  const width = Math.max(...commands.map((entry) => entry.name.length)) + 2;
  const row = ({ name, summary }: CommandEntry): string => `  ${name.padEnd(width)}${summary}`;
  return [
    "Usage: foresail COMMAND [ARGUMENTS]",
    "",
    "Terse Workspace in git, full GPU pod spec at admission, GPU node when a pod waits.",
    "",
    "Commands:",
    ...commands.map(row),
    "",
    "foresail COMMAND --help tells more, with examples. foresail --version prints the version.",
    "Exit codes: 0 clean, 1 findings, 2 usage or input error, 3 internal error.",
    "",
    "Examples:",
    "  foresail render workspace.yaml                # what the cluster would store",
    "  foresail check clusters/                      # what it would refuse, with file and line",
    "  foresail diff --base origin/main clusters/    # what a branch changes, restarts and costs",
    "",
    "See also: README.md, docs/README.md",
  ].join("\n");
}

/** `foresail render | head` closes the pipe early; what is left to print has no reader, and that is no error. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

function reportCrash(error: unknown): void {
  if (process.env["FORESAIL_DEBUG"] === "1") {
    console.error(error);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  console.error(`foresail: internal error: ${message.split("\n").join(" ")} (set FORESAIL_DEBUG=1 for the stack)`);
}
