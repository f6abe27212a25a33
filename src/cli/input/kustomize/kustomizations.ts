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
import { type Reach, Reaches } from "./reach.ts";
import { buildWithTool } from "./tool.ts";
import { Unsupported } from "./unsupported.ts";

/** Who builds: our own build and, for what it does not know, the user's tool; or one of them alone. */
export type KustomizeChoice = "auto" | "built-in" | "tool";

/** The kustomizations of a run: each file is read and parsed once, each directory built once. */
export class Kustomizations {
  readonly files: Files;
  readonly #choice: KustomizeChoice;
  readonly #reaches: Reaches;
  readonly #built = new Map<string, readonly Branch[] | Unsupported>();

  constructor(choice: KustomizeChoice, files: Files = new Files()) {
    this.files = files;
    this.#choice = choice;
    this.#reaches = new Reaches(files);
  }

  /** What may be found in a directory's kustomization, and what it uses. */
  reach(directory: string): Reach {
    return this.#reaches.of(directory);
  }

  /**
   * The objects of a directory's kustomization, at the places that state them.
   * @throws UsageError where it is wrong, or states what our build does not know and there is no tool
   */
  manifests(directory: string): readonly Manifest[] {
    const shown = kustomizationIn(directory) ?? directory;
    if (this.#choice === "tool") return toolManifests(directory, shown, undefined);
    const built = this.#build(directory);
    if (!(built instanceof Unsupported)) return built.map((tree) => treeManifest(tree, shown));
    if (this.#choice === "auto") return toolManifests(directory, shown, built.message);
    throw new UsageError(`${shown}: the build of Foresail's own does not know ${built.message}: use --kustomize auto`);
  }

  /** The objects as our own build makes them; none where only a tool can build it. */
  trees(directory: string): readonly Branch[] {
    if (this.#choice === "tool") return [];
    const built = this.#build(directory);
    return built instanceof Unsupported ? [] : built;
  }

  #build(directory: string): readonly Branch[] | Unsupported {
    const built = this.#built.get(directory) ?? this.#buildNow(directory);
    this.#built.set(directory, built);
    return built;
  }

  #buildNow(directory: string): readonly Branch[] | Unsupported {
    try {
      return build(directory, { files: this.files, repository: repositoryRoot(directory) }).map(({ tree }) => tree);
    } catch (error) {
      if (error instanceof Unsupported) return error;
      throw error;
    }
  }
}

/** What a tool prints has no place but the kustomization. */
function toolManifests(directory: string, shown: string, unknown: string | undefined): readonly Manifest[] {
  const text = buildWithTool(directory, unknown);
  return parseDocuments({ shown, text })
    .flatMap(manifestsOf)
    .map(({ object }) => ({ ...unstated(object, shown), group: shown }));
}
