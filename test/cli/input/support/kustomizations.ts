import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../../../../src/package-root.ts";

const cases = join(packageRoot(), "test/cases/kustomize");

/** A directory tree as one value: path → text. */
export type Files = { readonly [path: string]: string };

/** The cases: each file holds a tree, with the kustomization that is built at its top. */
export function kustomizationCases(): readonly {
  readonly name: string;
  readonly files: Files;
  readonly built: string;
}[] {
  return readdirSync(cases)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => ({
      name: basename(file, ".yaml"),
      files: parse(readFileSync(join(cases, file), "utf8")) as Files,
      built: join(cases, `${basename(file, ".yaml")}.built.json`),
    }));
}

/** Writes a tree into a new directory. The caller removes it. */
export function writeTree(files: Files): string {
  const directory = mkdtempSync(join(tmpdir(), "foresail-tree-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}
