import { realpathSync } from "node:fs";
import type { Entry } from "./collect.ts";
import { unlessForeign } from "./foreign.ts";
import { Applied } from "./gitops/applied.ts";
import { mentionsWhatCounts } from "./gitops/applier.ts";
import { chartFiles, chartMentions } from "./helm/chart-files.ts";
import { chartResources } from "./helm/chart-resources.ts";
import type { Kustomizations } from "./kustomize/kustomizations.ts";
import type { Manifest } from "./manifest.ts";
import type { InputOptions } from "./options.ts";
import { readManifests } from "./read-source.ts";
import { repositoryRoot } from "./repository.ts";
import { treeManifest } from "./tree/tree-manifest.ts";

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
  const entries = all.filter((entry) => !isUsed(entry, reading.used));
  const applied = new Applied(directory, entries, reading);
  // A chart may make applications; what they apply is known before anything else is read by itself.
  const charts = new Map<Entry, readonly Manifest[]>();
  for (const entry of entries) {
    if (entry.kind !== "chart" || applied.covers(entry.path)) continue;
    charts.set(entry, chartManifests(entry, directory, reading.options, applied));
  }
  const plain = entries.filter((entry) => !applied.covers(entry.path) && !isUsed(entry, applied.used));
  return [
    ...plain.flatMap((entry) => charts.get(entry) ?? entryManifests(entry, directory, reading)),
    ...applied.manifests,
  ];
}

function isUsed({ kind, path }: Entry, used: ReadonlySet<string>): boolean {
  return kind === "kustomization" && used.has(realpathSync(path));
}

function entryManifests(entry: Entry, directory: string, { kustomizations }: Reading): readonly Manifest[] {
  switch (entry.kind) {
    case "file":
      return readManifests(entry.source, kustomizations.files);
    case "kustomization": {
      const { ours, certainlyOurs } = kustomizations.reach(entry.path);
      const isOurs = (): boolean => certainlyOurs || entry.path === directory;
      return ours ? unlessForeign(() => kustomizations.manifests(entry.path), isOurs, console.error) : [];
    }
    case "chart":
      return [];
  }
}

/** A chart that nothing installs. One that has none of our words, nor a packed chart, is not asked for. */
function chartManifests(
  { path }: Entry,
  directory: string,
  options: InputOptions,
  applied: Applied,
): readonly Manifest[] {
  const isNamed = path === directory;
  const files = options.helm === "off" ? [] : chartFiles(path, repositoryRoot(path));
  if (options.helm === "off" || !(isNamed || chartMentions(files, mentionsWhatCounts))) return [];
  const trees = chartResources(path, options, isNamed).map(({ tree }) => tree);
  applied.follow(trees);
  return trees.map((tree) => treeManifest(tree, path));
}
