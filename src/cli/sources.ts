import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../option.ts";
import { buildKustomization } from "./kustomize.ts";

/** A text with manifests and the name to show for it. */
export interface Source {
  readonly shown: string;
  readonly text: string;
}

// A rendered set of a few thousand objects is 10 MiB; parsing more than this takes minutes.
const LARGEST_SOURCE_BYTES = 16 * 1024 * 1024;
const KUSTOMIZATION_FILES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const MOST_FILES = 20_000;

/**
 * Reads what PATH arguments name, in the order given: a file, a directory (recursively, in byte order; hidden directories and
 * node_modules left out), a directory with a kustomization (built), or `-` for standard input.
 * Throws UsageError for what cannot be read.
 */
export function readSources(paths: readonly string[]): readonly Source[] {
  return paths.flatMap((path) => (path === "-" ? [readStandardInput()] : readPath(path)));
}

function readPath(path: string): readonly Source[] {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new UsageError(`${path}: no such file or directory`);
  return info.isDirectory() ? readDirectory(path, { files: 0 }) : [readFile(path)];
}

function readDirectory(directory: string, seen: { files: number }): readonly Source[] {
  const kustomization = KUSTOMIZATION_FILES.map((name) => join(directory, name)).find((file) => existsSync(file));
  if (kustomization !== undefined) {
    return isComponent(kustomization) ? [] : [{ shown: kustomization, text: buildKustomization(directory) }];
  }
  // Byte order, not the locale's; links to directories are not followed, so there are no loops.
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return isHidden(entry.name) ? [] : readDirectory(path, seen);
    if (!/\.(ya?ml|json)$/.test(entry.name) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    if (++seen.files > MOST_FILES) {
      throw new UsageError(`${directory}: more than ${MOST_FILES} files; name a smaller directory`);
    }
    return [readFile(path)];
  });
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A kustomize Component changes other kustomizations and means nothing by itself. */
function isComponent(file: string): boolean {
  return /^kind:\s*Component\s*$/m.test(readFile(file).text);
}

function readFile(path: string): Source {
  const size = statSync(path).size;
  if (size > LARGEST_SOURCE_BYTES) throw tooLarge(path, size);
  try {
    return { shown: path, text: readFileSync(path, "utf8") };
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function readStandardInput(): Source {
  const text = readFileSync(0, "utf8");
  if (Buffer.byteLength(text) > LARGEST_SOURCE_BYTES) throw tooLarge("standard input", Buffer.byteLength(text));
  return { shown: "-", text };
}

function tooLarge(what: string, bytes: number): UsageError {
  const mib = (n: number): string => `${Math.ceil(n / 1024 / 1024)} MiB`;
  return new UsageError(`${what}: ${mib(bytes)} is more than ${mib(LARGEST_SOURCE_BYTES)}; split it`);
}
