import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { readArguments } from "../../src/cli/arguments.ts";
import { commands } from "../../src/cli/commands.ts";
import { run as presetAdd } from "../../src/cli/preset/add.ts";
import { isObject } from "../../src/core/json.ts";
import { packageRoot } from "../../src/package-root.ts";
import { foresailHere } from "../cli/support/here.ts";
import { type GivenCommand, givenCommands } from "./support/pages.ts";
import type { ShellCommand } from "./support/shell.ts";

const root = packageRoot();
const folders = new Set(
  readdirSync(root, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : [])),
);
/** Folders of readers' repositories in examples, beside which ours have no such folder. */
const THEIRS = new Set(["apps", "clusters", "deploy", "overlays", "mirrors", "models", "workspaces"]);
/** A variable stands for any value; of an option that takes a number, for a number. */
const filledIn = (word: string): string => (/^\$\{?\w+\}?$/.test(word) ? "1" : word);
const isElided = (word: string): boolean => word === "…" || word.startsWith("[");

/** What follows the program's name; undefined where the command is another's. */
function ofForesail(words: ShellCommand): readonly string[] | undefined {
  const [first, second] = words;
  if (first === "foresail") return words.slice(1);
  const isOurs = (first === "npx" && second === "foresail") || (first === "node" && second === "bin/foresail.js");
  return isOurs ? words.slice(2) : undefined;
}

const flagsOf = new Map<string, Promise<ReadonlySet<string>>>();

/** Flags of a command whose options may come from a file, too: those that its help lists. */
async function listedFlags(name: string): Promise<ReadonlySet<string>> {
  const known = flagsOf.get(name);
  if (known !== undefined) return await known;
  const flags = foresailHere([name, "--help"]).then(
    ({ stdout }) => new Set([...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = ""]) => flag)),
  );
  flagsOf.set(name, flags);
  return await flags;
}

/** What is wrong with a command line of ours, without running it; undefined: nothing. */
async function fault(args: readonly string[]): Promise<string | undefined> {
  const [name = "", ...rest] = args;
  if (["--help", "-h", "--version", "help", "COMMAND"].includes(name)) return undefined;
  const entry = commands.find((one) => one.name === name);
  if (entry === undefined) return `there is no command ${name}`;
  const isAdd = name === "preset" && rest[0] === "add";
  const run = isAdd ? presetAdd : (await entry.load()).run;
  const given = (isAdd ? rest.slice(1) : rest).filter((word) => !isElided(word)).map(filledIn);
  if (run.spec === undefined) {
    const flags = new Set([...(await listedFlags(name)), "--help"]);
    const unknown = given
      .map((word) => word.split("=")[0] ?? "")
      .find((word) => word.startsWith("--") && !flags.has(word));
    return unknown === undefined ? undefined : `${name} has no option ${unknown}`;
  }
  try {
    readArguments(run.spec, given);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A word that names something of this repository, as pages write paths: from its root, or from a repository beside it. */
function pathOf(word: string): string | undefined {
  const path = word.replace(/^--?[a-z-]+=/, "").replace(/^(?:\.|\.\.\/foresail)\//, "");
  const [first = "", ...below] = path.split("/");
  const isPlain = /^[A-Za-z0-9_./-]+$/.test(path) && below.length > 0;
  return isPlain && folders.has(first) ? path : undefined;
}

/** Whether a path that kubectl or kustomize reads is neither of ours nor plainly a reader's. */
function isNowhere(path: string): boolean {
  const [first = "", ...below] = path.replace(/^\.\//, "").split("/");
  if (below.length === 0 || path.includes(":") || /^[A-Z$~.]/.test(path)) return false;
  return !THEIRS.has(first) && !existsSync(join(root, path));
}

const places = (given: readonly GivenCommand[], why: (command: GivenCommand) => readonly string[]): readonly string[] =>
  given.flatMap((command) => why(command).map((text) => `${command.where} ${text}`));

describe("the commands of the pages", () => {
  const ours = givenCommands.flatMap(({ where, words }) => {
    const args = ofForesail(words);
    return args === undefined ? [] : [{ where, words: args }];
  });

  it("have names and options that foresail has", async () => {
    expect(ours.length).to.be.greaterThan(60);
    const faults = await Promise.all(ours.map(async ({ where, words }) => ({ where, why: await fault(words) })));
    expect(faults.filter(({ why }) => why !== undefined)).to.deep.equal([]);
  });

  it("name paths of this repository that are there", () => {
    const given = places(givenCommands, ({ words }) =>
      words.flatMap((word) => pathOf(word) ?? []).filter((path) => !existsSync(join(root, path))),
    );
    // What make builds is not there before.
    expect(given.filter((one) => !/ (dist|node_modules)\//.test(one))).to.deep.equal([]);
  });

  it("apply files and kustomizations that are there", () => {
    const nowhere = places(givenCommands, ({ words }) =>
      words.filter(
        (path, i) => ["-f", "-k", "--filename", "--kustomize"].includes(words[i - 1] ?? "") && isNowhere(path),
      ),
    );
    expect(nowhere).to.deep.equal([]);
  });

  it("set values that the chart has", () => {
    const values: unknown = parse(readFileSync(join(root, "chart/values.yaml"), "utf8"));
    const has = (keys: readonly string[]): boolean => {
      const at = keys.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), values);
      return at !== undefined;
    };
    const set = givenCommands.flatMap(({ where, words }) =>
      words[0] === "helm" && words.includes("chart")
        ? words.flatMap((word, i) => (words[i - 1] === "--set" ? [{ where, key: word.split("=")[0] ?? "" }] : []))
        : [],
    );
    expect(set.length).to.be.greaterThan(5);
    expect(set.filter(({ key }) => !has(key.split(".")))).to.deep.equal([]);
  });

  it("make what the Makefile has", () => {
    const makefile = readFileSync(join(root, "Makefile"), "utf8");
    const targets = new Set([...makefile.matchAll(/^([a-z][a-z-]*):/gm)].map(([, target]) => target));
    const asked = places(givenCommands, ({ words: [program, ...words] }) =>
      program === "make" ? words.filter((word) => /^[a-z-]+$/.test(word) && !targets.has(word)) : [],
    );
    expect(givenCommands.filter(({ words }) => words[0] === "make").length).to.be.greaterThan(10);
    expect(asked).to.deep.equal([]);
  });
});
