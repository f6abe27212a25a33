import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "../core/nearest.ts";
import { defaultOf, flagName, type Option, type Options, readValue, UsageError, type Values } from "../option.ts";
import { pagesOf } from "./see-also.ts";

/** What a command takes, in one place: its parser and its `--help` both come from it. */
export interface CommandSpec<T extends Options> {
  readonly name: string;
  /** What follows the name in the usage line, for example `[PATH…] [OPTIONS]`. */
  readonly usage: string;
  /** What it does and what its exit codes mean, as lines of text. */
  readonly about: readonly string[];
  readonly options: T;
  /** Letters that stand for options: `{n: "namespace"}`. */
  readonly letters?: { readonly [letter: string]: keyof T & string };
  /** Whether it takes operands (paths). */
  readonly operands?: boolean;
  readonly examples: readonly string[];
}

export interface Arguments<T extends Options> {
  readonly values: Values<T>;
  readonly operands: readonly string[];
}

/** Runs a command with what follows its name; what it takes can be read from it. */
export interface RunCommand {
  (args: string[]): Promise<number>;
  /** Absent for long-running commands, whose options may come from a file (configured.ts). */
  readonly spec?: CommandSpec<Options>;
}

/**
 * A command as `main` runs it: reads the arguments, prints help where asked, else executes. Flags only: a command that a
 * person types must not be steered by the environment. Throws UsageError for arguments it does not take.
 */
export function command<const T extends Options>(
  spec: CommandSpec<T>,
  execute: (given: Arguments<T>) => Promise<number>,
): RunCommand {
  const run = async (args: string[]): Promise<number> => {
    const given = readArguments(spec, args);
    if (given !== "help") return await execute(given);
    console.log(helpText(spec));
    return 0;
  };
  return Object.assign(run, { spec: spec as unknown as CommandSpec<Options> });
}

export function readArguments<T extends Options>(spec: CommandSpec<T>, args: readonly string[]): Arguments<T> | "help" {
  const { values: flags, positionals } = parse(spec, args);
  if (flags["help"] !== undefined) return "help";
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(spec.options)) {
    const given = flags[flagName(name)];
    const value = option.kind === "list" ? given : given?.at(-1);
    values[name] = value === undefined ? defaultOf(option) : readValue(option, { value, where: `--${flagName(name)}` });
  }
  return { values: values as Values<T>, operands: positionals };
}

function parse<T extends Options>(
  spec: CommandSpec<T>,
  args: readonly string[],
): { values: { [flag: string]: unknown[] | undefined }; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = { help: { type: "boolean", short: "h", multiple: true } };
  for (const [name, option] of Object.entries(spec.options)) {
    const letter = letterOf(spec, name);
    const type = option.kind === "switch" ? "boolean" : "string";
    options[flagName(name)] = { type, multiple: true, ...(letter !== undefined && { short: letter }) };
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: spec.operands === true,
      allowNegative: true,
    });
    return { values: values as { [flag: string]: unknown[] | undefined }, positionals };
  } catch (error) {
    throw new UsageError(`foresail ${spec.name}: ${explain(error, Object.keys(options))}`);
  }
}

function explain(error: unknown, known: readonly string[]): string {
  const message = (error instanceof Error ? error.message : String(error)).split(". ")[0] ?? "";
  const flags = known.map((name) => `--${name}`);
  const near = nearest(/'(--[^' =]+)/.exec(message)?.[1] ?? "", flags);
  return `${message}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `options are ${flags.join(", ")}`}`;
}

function letterOf<T extends Options>(spec: CommandSpec<T>, name: string): string | undefined {
  return Object.entries(spec.letters ?? {}).find(([, option]) => option === name)?.[0];
}

export function helpText<T extends Options>(spec: CommandSpec<T>): string {
  const rows = Object.entries(spec.options).map(([name, option]) => optionRow(name, option, letterOf(spec, name)));
  const width = Math.max(...rows.map(([flag]) => flag.length), "  -h, --help".length) + 2;
  return [
    `Usage: foresail ${spec.name} ${spec.usage}`.trimEnd(),
    "",
    ...spec.about,
    "",
    "Options:",
    ...rows.map(([flag, help]) => `${flag.padEnd(width)}${help}`),
    `${"  -h, --help".padEnd(width)}this text`,
    "",
    "Examples:",
    ...spec.examples.map((example) => `  ${example}`),
    ...seeAlso(spec.name),
  ].join("\n");
}

function seeAlso(name: string): readonly string[] {
  const pages = pagesOf(name);
  return pages.length === 0 ? [] : ["", `See also: ${pages.map((page) => `docs/${page}.md`).join(", ")}`];
}

function optionRow(name: string, option: Option, letter: string | undefined): readonly [string, string] {
  const value = option.kind === "switch" ? "" : option.kind === "choice" ? ` ${option.choices.join("|")}` : " VALUE";
  const stated = option.kind === "list" ? " (repeatable)" : "";
  const fallback = option.kind !== "list" && option.default ? ` (default ${option.default})` : "";
  return [
    `  ${letter === undefined ? "    " : `-${letter}, `}--${flagName(name)}${value}`,
    option.help + stated + fallback,
  ];
}
