import { existsSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { Entry } from "./collect.ts";
import { type Applier, appliersOf, mentionsAppliers } from "./gitops/applier.ts";
import { renderApplier } from "./gitops/render.ts";
import { chartManifests } from "./helm.ts";
import type { Files } from "./kustomize/files.ts";
import { kustomizationIn } from "./kustomize/kustomization-file.ts";
import type { Kustomizations } from "./kustomize/kustomizations.ts";
import type { Manifest } from "./manifest.ts";
import type { InputOptions } from "./options.ts";
import { readManifests } from "./read-source.ts";
import { isBelow, isWithin, repositoryRoot } from "./repository.ts";
import { treeOf } from "./tree/from-yaml.ts";
import { type Branch, lookUp, type Tree, textOf } from "./tree/tree.ts";
import { treeManifest } from "./tree/tree-manifest.ts";

// Applications of applications: far above what people write.
const MOST_APPLIERS = 10_000;

/** What all operands of a run have in common. */
export interface Reading {
  readonly options: InputOptions;
  readonly kustomizations: Kustomizations;
  /** Directories whose kustomization another one uses, links followed: they are no runs of their own. */
  readonly used: ReadonlySet<string>;
}

/**
 * The objects of a directory: plain files, kustomizations, charts, and what Flux and Argo CD objects among them apply of the
 * same repository, which takes the place of the plain reading of the directories they name.
 */
export function readDirectory(directory: string, all: readonly Entry[], reading: Reading): readonly Manifest[] {
  const { kustomizations } = reading;
  const entries = all.filter((entry) => !isUsed(entry, reading.used));
  const applied = appliedOf(directory, entries, reading);
  const covered = applied.map((one) => realpathSync(one.directory));
  const used = applied.flatMap((one) =>
    kustomizationIn(one.directory) === undefined ? [] : [...kustomizations.reach(one.directory).directories],
  );
  const isCovered = ({ path }: Entry): boolean => {
    const real = realpathSync(path);
    return covered.some((one) => isBelow(one, real));
  };
  const plain = entries
    .filter((entry) => !isCovered(entry) && !isUsed(entry, new Set(used)))
    .flatMap((entry) => entryManifests(entry, reading, directory));
  return [...plain, ...applied.flatMap(({ manifests }) => manifests)];
}

function isUsed({ kind, path }: Entry, used: ReadonlySet<string>): boolean {
  return kind === "kustomization" && used.has(realpathSync(path));
}

function entryManifests(entry: Entry, { options, kustomizations }: Reading, directory: string): readonly Manifest[] {
  switch (entry.kind) {
    case "file":
      return readManifests(entry.source, kustomizations.files);
    case "kustomization":
      return kustomizations.reach(entry.path).ours ? kustomizations.manifests(entry.path) : [];
    case "chart":
      return chartManifests(entry.path, options, entry.path === directory);
  }
}

interface Applied {
  readonly directory: string;
  readonly manifests: readonly Manifest[];
}

function appliedOf(directory: string, entries: readonly Entry[], reading: Reading): readonly Applied[] {
  const repository = repositoryRoot(directory);
  const told = new Set<string>();
  const tell = (message: string): void => {
    if (!told.has(message)) console.error(message);
    told.add(message);
  };
  const queue: Applier[] = entries.flatMap((entry) =>
    objectsOf(entry, reading.kustomizations).flatMap((one) => appliersOf(one, tell)),
  );
  const seen = new Set<string>();
  const applied: Applied[] = [];
  for (const applier of queue) {
    const where = placeOf(directory, repository, applier.path);
    const name = textOf(lookUp(applier.object, "metadata", "name"));
    const key = `${textOf(lookUp(applier.object, "kind"))} ${name} ${where}`;
    if (where === undefined || seen.has(key) || seen.size > MOST_APPLIERS) continue;
    seen.add(key);
    applied.push(
      appliedBy(applier, where, { group: key, repository, entries, reading, directory }, (found) =>
        queue.push(...appliersOf(found, tell)),
      ),
    );
  }
  return applied;
}

interface Surroundings {
  /** What is applied together. */
  readonly group: string;
  readonly repository: string | undefined;
  readonly entries: readonly Entry[];
  readonly reading: Reading;
  readonly directory: string;
}

function appliedBy(
  applier: Applier,
  where: string,
  { group, repository, entries, reading, directory }: Surroundings,
  found: (object: Branch) => void,
): Applied {
  const { object, placeOf: viaPlace } = treeManifest(applier.object, group);
  const via = { object, placeOf: viaPlace };
  if (existsSync(join(where, "Chart.yaml"))) {
    const manifests = chartManifests(where, reading.options, where === directory).map((one) => ({
      ...one,
      group,
      via,
    }));
    return { directory: where, manifests };
  }
  const { files } = reading.kustomizations;
  const resources = renderApplier(applier, where, { files, repository }, (name) =>
    configMapNamed(entries, name, files),
  );
  for (const { tree } of resources) found(tree);
  return { directory: where, manifests: resources.map(({ tree }) => treeManifest(tree, group, via)) };
}

/** The directory an applier names, as it is shown; undefined where it is not of this repository. */
function placeOf(directory: string, repository: string | undefined, path: string): string | undefined {
  const root = repository ?? realpathSync(directory);
  const target = join(root, path);
  if (isAbsolute(relative(root, target)) || relative(root, target).startsWith("..")) return undefined;
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() !== true || !isWithin(root, target)) return undefined;
  return join(directory, relative(realpathSync(directory), realpathSync(target)));
}

/** The objects of an entry that mentions Flux or Argo CD. */
function objectsOf(entry: Entry, kustomizations: Kustomizations): readonly Branch[] {
  if (entry.kind === "chart") return [];
  if (entry.kind === "kustomization") {
    return kustomizations.reach(entry.path).appliers ? kustomizations.trees(entry.path) : [];
  }
  return mentionsAppliers(entry.source.text) ? treesOf(entry, kustomizations.files) : [];
}

/** What is no YAML yet is a template of somebody's. */
function treesOf({ source }: Entry & { readonly kind: "file" }, files: Files): readonly Branch[] {
  return files.parsed(source).flatMap((document) => {
    if (document.document.errors.length > 0) return [];
    const tree = treeOf(document);
    return tree?.kind === "branch" ? [tree] : [];
  });
}

function configMapNamed(entries: readonly Entry[], name: string, files: Files): Tree | undefined {
  for (const entry of entries) {
    if (entry.kind !== "file" || !entry.source.text.includes(name)) continue;
    const found = treesOf(entry, files).find(
      (tree) => textOf(lookUp(tree, "kind")) === "ConfigMap" && textOf(lookUp(tree, "metadata", "name")) === name,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
