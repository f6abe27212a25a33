import { UsageError } from "../../../option.ts";
import { parseDocuments } from "../document.ts";
import { type Manifest, unstated } from "../manifest.ts";
import { manifestsOf } from "../plain-manifest.ts";
import { repositoryRoot } from "../repository.ts";
import type { Branch } from "../tree/tree.ts";
import { treeManifest } from "../tree/tree-manifest.ts";
import { build } from "./build.ts";
import { Files } from "./files.ts";
import { kustomizationIn } from "./kustomization-file.ts";
import { buildWithTool } from "./tool.ts";
import { Unsupported } from "./unsupported.ts";

/** Who builds: our own build and, for what it does not know, the user's tool; or one of them alone. */
export type KustomizeChoice = "auto" | "built-in" | "tool";

/**
 * The objects of a kustomization, at the places that state them.
 * @throws UsageError where it is wrong, or states what our build does not know and there is no tool
 */
export function kustomizationManifests(directory: string, choice: KustomizeChoice): readonly Manifest[] {
  const shown = kustomizationIn(directory) ?? directory;
  if (choice === "tool") return toolManifests(directory, shown, undefined);
  try {
    return treesBuilt(directory).map((tree) => treeManifest(tree, shown));
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    if (choice === "auto") return toolManifests(directory, shown, error.message);
    throw new UsageError(`${shown}: the build of Foresail's own does not know ${error.message}: use --kustomize auto`);
  }
}

/** The objects of a kustomization that our own build knows; none where only a tool can build it. */
export function kustomizationTrees(directory: string, choice: KustomizeChoice): readonly Branch[] {
  if (choice === "tool") return [];
  try {
    return treesBuilt(directory);
  } catch (error) {
    if (error instanceof Unsupported) return [];
    throw error;
  }
}

function treesBuilt(directory: string): readonly Branch[] {
  const files = new Files();
  return build(directory, { files, repository: repositoryRoot(directory) }).map(({ tree }) => tree);
}

/** What a tool prints has no place but the kustomization. */
function toolManifests(directory: string, shown: string, unknown: string | undefined): readonly Manifest[] {
  const text = buildWithTool(directory, unknown);
  return parseDocuments({ shown, text })
    .flatMap(manifestsOf)
    .map(({ object }) => ({ ...unstated(object, shown), group: shown }));
}
