import { Console } from "node:console";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Manifest } from "../../../../src/cli/input/manifest.ts";
import { defaultInput, type InputOptions } from "../../../../src/cli/input/options.ts";
import { readInput } from "../../../../src/cli/input/read.ts";
import type { JsonObject } from "../../../../src/core/json.ts";
import { type Files, writeTree } from "./kustomizations.ts";

/** What a tree that is a repository is read as. */
export interface Reading {
  readonly manifests: readonly Manifest[];
  /** What was told on stderr, paths relative to the repository. */
  readonly told: string;
  readonly workspaces: readonly string[];
  readonly workspace: (name: string) => Manifest;
  /** `file:line:column` of a field, the file relative to the repository. */
  readonly place: (name: string, path: string) => string;
}

/** Reads a tree as a repository; its remote is `origin`, if one is given. */
export function readRepository(
  files: Files,
  options: Partial<InputOptions> & { readonly path?: string; readonly remote?: string } = {},
): Reading {
  const directory = writeTree(files);
  const { path = ".", remote, ...input } = options;
  mkdirSync(join(directory, ".git"));
  if (remote !== undefined) writeFileSync(join(directory, ".git/config"), `[remote "origin"]\n\turl = ${remote}\n`);
  const before = globalThis.console;
  const chunks: string[] = [];
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  globalThis.console = new Console(stderr, stderr);
  try {
    const inside = {
      ...defaultInput,
      ...input,
      helmValues: (input.helmValues ?? []).map((one) => join(directory, one)),
    };
    const manifests = readInput([join(directory, path)], inside);
    const workspace = (name: string): Manifest => found(manifests, name);
    const place = (name: string, field: string): string => {
      const { file, line, column } = workspace(name).placeOf(field);
      return `${file.replace(`${directory}/`, "")}:${line}:${column}`;
    };
    // Places are worked out while the files are there.
    const places = new Map(
      manifests.flatMap(fieldsOf).map(([name, field]) => [`${name} ${field}`, place(name, field)]),
    );
    return {
      manifests,
      told: chunks.join("").replaceAll(`${directory}/`, ""),
      workspaces: manifests.filter(({ object }) => object["kind"] === "Workspace").map(shownName),
      workspace,
      place: (name, field) => places.get(`${name} ${field}`) ?? "",
    };
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(`${directory}/`, "");
    throw error;
  } finally {
    globalThis.console = before;
    rmSync(directory, { recursive: true });
  }
}

function found(manifests: readonly Manifest[], name: string): Manifest {
  const one = manifests.find(({ object }) => (object["metadata"] as JsonObject)["name"] === name);
  if (one === undefined) throw new Error(`no object ${name}`);
  return one;
}

function shownName({ object }: Manifest): string {
  const { name, namespace } = object["metadata"] as JsonObject;
  return namespace === undefined ? String(name) : `${namespace}/${name}`;
}

/** All fields of Workspaces, as issues write them. */
function fieldsOf({ object }: Manifest): readonly (readonly [name: string, field: string])[] {
  if (object["kind"] !== "Workspace") return [];
  const name = String((object["metadata"] as JsonObject)["name"]);
  const paths = (value: unknown, path: string): readonly string[] => {
    if (typeof value !== "object" || value === null) return [path];
    const members = Object.entries(value).flatMap(([key, one]) => {
      const plain = /^[A-Za-z]\w*$/.test(key);
      return paths(one, path === "" ? key : plain ? `${path}.${key}` : `${path}[${key}]`);
    });
    return [path, ...members];
  };
  return paths(object, "").map((path) => [name, path] as const);
}
