import { posix } from "node:path";
import { UsageError } from "../../option.ts";
import type { Entry } from "./git.ts";

// As many as a directory of manifests may have; the bytes are those of texts.
const MOST_FILES = 20_000;
const MOST_BYTES = 512 * 1024 * 1024;
/** What is larger is no manifest, in head either. */
const LARGEST_FILE_BYTES = 16 * 1024 * 1024;
const MOST_LINKS = 10;

/** Files that name others, beside kustomizations: charts, Flux and Argo CD say where in the repository they are. */
const REFERRING = ["kustomize", "helm", "argoproj.io"];

/** Reads the texts of files by their ids, in their order. */
export type ReadTexts = (ids: readonly string[]) => readonly Buffer[];

/**
 * The files of these paths and what they refer to elsewhere in the repository, with their contents: a kustomization stands on
 * files beside its own directory. A word of a file that refers counts when it is the path of something in the repository.
 * @param paths from the top of the repository; `` is all of it
 */
export function neededFiles(
  files: ReadonlyMap<string, Entry>,
  paths: readonly string[],
  read: ReadTexts,
): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const asked = new Set<string>();
  const directories = directoriesOf(files.keys());
  let next = paths.flatMap((path) => below(files, path));
  let bytes = 0;
  while (next.length > 0) {
    const fresh = [...new Set(next)].filter((path) => !asked.has(path));
    for (const path of fresh) asked.add(path);
    const entries = fresh.flatMap((path) => {
      const entry = target(files, path, read);
      return entry === undefined || entry.bytes > LARGEST_FILE_BYTES ? [] : [{ path, entry }];
    });
    bytes += entries.reduce((sum, { entry }) => sum + entry.bytes, 0);
    if (asked.size > MOST_FILES || bytes > MOST_BYTES) {
      throw new UsageError(`base has more than ${MOST_FILES} files or 512 MiB below these paths: name fewer of them`);
    }
    const texts = read(entries.map(({ entry }) => entry.id));
    next = entries.flatMap(({ path }, i) => {
      const text = texts[i] ?? Buffer.alloc(0);
      found.set(path, text);
      return references(path, text, files, directories).flatMap((to) => below(files, to));
    });
  }
  return found;
}

function below(files: ReadonlyMap<string, Entry>, path: string): readonly string[] {
  if (path === "") return [...files.keys()];
  if (files.has(path)) return [path];
  return [...files.keys()].filter((file) => file.startsWith(`${path}/`));
}

function directoriesOf(paths: Iterable<string>): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of paths) {
    for (let at = posix.dirname(path); at !== "." && !directories.has(at); at = posix.dirname(at)) directories.add(at);
  }
  return directories;
}

/** What a link of the repository leads to, inside it; what leads elsewhere is left out. */
function target(files: ReadonlyMap<string, Entry>, path: string, read: ReadTexts): Entry | undefined {
  let [at, entry] = [path, files.get(path)];
  for (let links = 0; entry?.mode === "120000"; links++) {
    if (links === MOST_LINKS) return undefined;
    at = posix.join(posix.dirname(at), String(read([entry.id])[0] ?? ""));
    entry = files.get(at);
  }
  return entry;
}

/** `$values/a/b.yaml` of an Application is `a/b.yaml`; of a pattern such as `apps/*` the directory counts. */
function plainPath(word: string): string {
  const path = word.replace(/^\$[\w-]+\//, "").replace(/^\//, "");
  const star = path.indexOf("*");
  return star < 0 ? path : path.slice(0, Math.max(0, path.lastIndexOf("/", star)));
}

function references(
  path: string,
  content: Buffer,
  files: ReadonlyMap<string, Entry>,
  directories: ReadonlySet<string>,
): readonly string[] {
  const isKustomization = /^kustomization(\.ya?ml)?$/i.test(posix.basename(path));
  if (!isKustomization && !/\.(ya?ml|json)$/.test(path)) return [];
  const text = content.toString("utf8");
  if (!isKustomization && !REFERRING.some((word) => text.includes(word))) return [];
  const stated = [...new Set(text.match(/[^\s"',:=[\]{}]+/g) ?? [])];
  // A set of Applications may look at all of the repository.
  if (text.includes("ApplicationSet") && stated.some((word) => word.startsWith("*"))) return [""];
  const words = stated.map(plainPath);
  const known = (to: string): boolean => files.has(to) || directories.has(to);
  // Values of a chart are named from its directory, which the same file names from the top.
  const charts = words.map((word) => posix.normalize(word).replace(/\/$/, "")).filter((word) => directories.has(word));
  return words.flatMap((word) => {
    const bases = [posix.dirname(path), "", ...(/\.(ya?ml|json)$/.test(word) ? charts : [])];
    return bases.map((base) => posix.join(base, word).replace(/\/$/, "")).filter(known);
  });
}
