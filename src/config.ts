import { type ParseArgsConfig, parseArgs } from "node:util";
import { parse } from "yaml";
import { isObject } from "./core/json.ts";
import { nearest } from "./core/nearest.ts";
import {
  defaultOf,
  flagName,
  type Given,
  type Option,
  type Options,
  readValue,
  UsageError,
  type Values,
} from "./option.ts";

export interface ConfigSources {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the file named by `--config` or FORESAIL_CONFIG; may throw. */
  readonly readFile: (path: string) => string;
}

export type Config<T extends Options> =
  | { readonly kind: "values"; readonly values: Values<T> }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "error"; readonly message: string };

/**
 * Reads options from flags, then FORESAIL_* environment variables, then the file of `--config`, then the defaults: the first
 * that states an option wins, lists included. Option names are camelCase (`drainSeconds`), flags and keys of the file
 * kebab-case (`--drain-seconds`), variables upper case (FORESAIL_DRAIN_SECONDS). A flag given twice: the last wins.
 * Unknown flags, operands and keys are errors; unknown variables are not, since other tools share the prefix.
 */
export function readConfig<const T extends Options>(command: string, options: T, sources: ConfigSources): Config<T> {
  try {
    const flags = readFlags(options, sources.args);
    if (flags === "help") return { kind: "help", text: helpText(command, options) };
    const path = flags.get("config")?.at(-1) ?? present(sources.environment["FORESAIL_CONFIG"]);
    const file = path === undefined ? new Map<string, Given>() : readOptionsFile(path, options, sources.readFile);
    const values: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(options)) {
      const given = fromFlags(name, option, flags) ?? fromEnvironment(name, sources.environment) ?? file.get(name);
      values[name] = given === undefined ? defaultOf(option) : readValue(option, given);
    }
    return { kind: "values", values: values as Values<T> };
  } catch (error) {
    if (error instanceof UsageError) {
      return { kind: "error", message: `${error.message}. Run "foresail ${command} --help" for all options.` };
    }
    throw error;
  }
}

function variable(name: string): string {
  return `FORESAIL_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

function readFlags(options: Options, args: readonly string[]): Map<string, readonly string[]> | "help" {
  const specs: NonNullable<ParseArgsConfig["options"]> = {
    config: { type: "string", multiple: true },
    help: { type: "boolean", short: "h", multiple: true },
  };
  for (const [name, option] of Object.entries(options)) {
    specs[flagName(name)] = { type: option.kind === "switch" ? "boolean" : "string", multiple: true };
  }
  const parsed = parseFlags(
    args.map((arg) => withoutValue(arg, specs)),
    specs,
  );
  if (parsed["help"] !== undefined) return "help";
  const names = ["config", ...Object.keys(options)];
  return new Map(
    names.flatMap((name) => (parsed[flagName(name)] ? [[name, parsed[flagName(name)]?.map(String) ?? []]] : [])),
  );
}

function parseFlags(args: string[], options: NonNullable<ParseArgsConfig["options"]>): Record<string, unknown[]> {
  try {
    const { values } = parseArgs({ args, options, strict: true, allowPositionals: false, allowNegative: true });
    return values as Record<string, unknown[]>;
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split(". ")[0] ?? "";
    const allowed = Object.keys(options).map((name) => `--${name}`);
    const near = nearest(/'(--[^' =]+)/.exec(message)?.[1] ?? "", allowed);
    throw new UsageError(
      `${message}; ${near.length > 0 ? `did you mean ${near.join(" or ")}` : `allowed are ${allowed.join(", ")}`}`,
    );
  }
}

/** `--leader-elect=false`, which Kubernetes' own commands take, in the spelling parseArgs takes. */
function withoutValue(arg: string, specs: NonNullable<ParseArgsConfig["options"]>): string {
  const [, name = "", value] = /^--([a-z-]+)=(true|false)$/.exec(arg) ?? [];
  if (specs[name]?.type !== "boolean") return arg;
  return value === "true" ? `--${name}` : `--no-${name}`;
}

function fromFlags(name: string, option: Option, flags: ReadonlyMap<string, readonly string[]>): Given | undefined {
  const values = flags.get(name);
  if (values === undefined) return undefined;
  return { value: option.kind === "list" ? values : values.at(-1), where: `--${flagName(name)}` };
}

/** An empty variable counts as absent: that is how a container manifest unsets one. */
function fromEnvironment(name: string, environment: ConfigSources["environment"]): Given | undefined {
  const value = present(environment[variable(name)]);
  return value === undefined ? undefined : { value, where: variable(name) };
}

function readOptionsFile(path: string, options: Options, readFile: (path: string) => string): Map<string, Given> {
  let content: unknown;
  try {
    content = parse(readFile(path)) ?? {};
  } catch (error) {
    throw new UsageError(
      `cannot read the configuration file ${path}: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (!isObject(content)) throw new UsageError(`${path}: expected a mapping of option names to values`);
  const names = new Map(Object.keys(options).map((name) => [flagName(name), name]));
  const given = new Map<string, Given>();
  for (const [key, value] of Object.entries(content)) {
    const name = names.get(key);
    if (name === undefined) {
      throw new UsageError(`${path}: unknown key "${key}"; allowed are ${[...names.keys()].join(", ")}`);
    }
    if (value !== null) given.set(name, { value, where: `${path}: ${key}` });
  }
  return given;
}

function helpText(command: string, options: Options): string {
  const lines = Object.entries(options).map(([name, option]) => {
    const fallback = defaultOf(option);
    const stated = Array.isArray(fallback) ? "repeatable" : fallback === undefined ? "" : `default ${fallback}`;
    const choices = option.kind === "choice" ? `${option.choices.join("|")}, ` : "";
    const notes = `${choices}${stated}`;
    return `  --${flagName(name).padEnd(26)} ${option.help}${notes === "" ? "" : ` (${notes})`}`;
  });
  return [
    `foresail ${command} [OPTIONS]`,
    "",
    ...lines,
    `  --${"config".padEnd(26)} YAML file with the same names as keys`,
    "",
    "Each option can also be set in the environment (--drain-seconds is FORESAIL_DRAIN_SECONDS) or in the file.",
    "Order: flag, environment, file, default.",
    "",
    "Exit codes: 0 stopped by a signal; 2 options or a file that cannot be used; 3 internal error.",
    "",
    "Examples:",
    `  foresail ${command} --config ${command}.yaml`,
    `  FORESAIL_LOG_LEVEL=debug foresail ${command}`,
  ].join("\n");
}
