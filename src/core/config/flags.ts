import type { ServerVersion } from "../catalogue.ts";
import { CONFIG_PATH } from "../expand/pod.ts";
import { error, type Issue } from "../issue.ts";
import { nearest } from "../nearest.ts";
import { shortened, shown } from "../schema.ts";
import { conflict } from "./finding.ts";

/** One setting of the file as the server will read it. */
export interface StatedFlag {
  /** Path in the file: `vllm.max_model_len`. */
  readonly path: string;
  /** The option, with dashes and written out; what follows the first dot of a dotted key is left off. */
  readonly name: string;
  readonly dotted: boolean;
  readonly value: unknown;
  /** The value as text, as Python writes it. */
  readonly text: string;
}

export interface ReadFlags {
  readonly flags: readonly StatedFlag[];
  readonly issues: readonly Issue[];
}

// Finding the nearest name is quadratic, and nobody misspells more.
const MOST_SUGGESTED = 10;
const EXTRA_FILE = `${CONFIG_PATH}/vllm.yaml`;

/**
 * Reads the map `vllm` of the file against the options of the server version (absent: unknown, nothing is judged).
 * KAITO's wrapper appends `--key` and the value's text as two arguments; the rules below are what vLLM's parser then does.
 */
export function readFlags(stated: { readonly [key: string]: unknown }, server: ServerVersion | undefined): ReadFlags {
  const { flags, issues } = readNames(stated, server, "vllm");
  const judged = flags.map((flag) => ({
    flag,
    problem: server && wrongValue(flag, server.flags[flag.name] ?? "value"),
  }));
  const taken = judged.filter(({ problem }) => problem === undefined).map(({ flag }) => flag);
  const refused = judged.flatMap(({ flag, problem }) => (problem === undefined ? [] : [conflict(flag.path, problem)]));
  return { flags: taken, issues: [...issues, ...refused, ...tooManySwitches(taken, server)] };
}

/** The options a map names, whatever their values; `root` is the map's path. */
export function readNames(
  stated: { readonly [key: string]: unknown },
  server: ServerVersion | undefined,
  root: string,
): ReadFlags {
  const flags: StatedFlag[] = [];
  const issues: Issue[] = [];
  for (const [key, value] of Object.entries(stated)) {
    const path = `${root}.${key}`;
    const written = dashed(key.split(".", 1)[0] ?? "");
    const name = server === undefined ? written : resolved(server, written);
    if (name !== undefined) flags.push({ path, name, dotted: key.includes("."), value, text: pythonText(value) });
    else if (server !== undefined) issues.push(unknownFlag(path, written, issues.length < MOST_SUGGESTED, server));
  }
  return { flags, issues };
}

/** vLLM takes underscores for dashes before the first dot (FlexibleArgumentParser.parse_args). */
function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

/** The option of that name, or the only one that begins so: Python's argparse completes abbreviations. */
function resolved(server: ServerVersion, name: string): string | undefined {
  if (Object.hasOwn(server.flags, name)) return name;
  const completed = name === "" ? [] : Object.keys(server.flags).filter((flag) => flag.startsWith(name));
  return completed.length === 1 ? completed[0] : undefined;
}

function unknownFlag(path: string, name: string, suggest: boolean, server: ServerVersion): Issue {
  const near = suggest ? nearest(name, Object.keys(server.flags)) : [];
  const hint = near.length > 0 ? `: nearest are ${near.join(", ")}` : ": remove it";
  const where = shortened(path);
  return error(where, "config/unknown-flag", `${where} is no option of ${server.name}${hint}`);
}

/** As Python's str() writes a YAML value. */
function pythonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : String(value);
}

/** Why the server would not start with this value, or would do the contrary. */
function wrongValue(flag: StatedFlag, takes: "flag" | "value" | readonly string[]): string | undefined {
  const { value } = flag;
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    // The wrapper writes it with Python's quotes, which JSON does not know.
    return `is a ${Array.isArray(value) ? "list" : "map"}, which does not reach the server: write JSON as quoted text, use dotted keys, or put it into the key vllm.yaml and set vllm.config to ${EXTRA_FILE}`;
  }
  if (flag.dotted) return value === null ? "has no value: state one, or remove it" : undefined;
  if (takes === "flag") return wrongSwitch(flag);
  if (value === null || value === "") return "has no value: state one, or remove it";
  if (takes === "value" || takes.includes(flag.text)) return undefined;
  return `is ${shown(value)}, ${flag.name} takes ${takes.join(", ")}`;
}

/** The option alone switches on; the value's text after it is not looked at. */
function wrongSwitch({ name, value }: StatedFlag): string | undefined {
  if (value === null || value === "" || /^true$/i.test(String(value))) return undefined;
  const opposite = name.startsWith("no-") ? name.slice("no-".length) : `no-${name}`;
  return `is ${shown(value)}, which switches it on all the same: state ${opposite}: true for the contrary`;
}

/** The text after a switch is taken for the positional model, of which there is one (vLLM 0.25.1, make_arg_parser). */
function tooManySwitches(flags: readonly StatedFlag[], server: ServerVersion | undefined): readonly Issue[] {
  const switches = flags.filter(({ name, dotted }) => !dotted && server?.flags[name] === "flag");
  const [, second] = switches;
  if (second === undefined) return [];
  const names = switches.map(({ name }) => name).join(", ");
  const text = `is one switch too many (${names}): the server takes one from this file; put them into the key vllm.yaml and set vllm.config to ${EXTRA_FILE}`;
  return [conflict(second.path, text)];
}
