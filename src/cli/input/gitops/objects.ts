import type { Entry } from "../collect.ts";
import { unlessForeign } from "../foreign.ts";
import type { Kustomizations } from "../kustomize/kustomizations.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Branch, lookUp, textOf } from "../tree/tree.ts";
import { mentionsAppliers } from "./applier.ts";

/** The objects that what is applied may refer to: those of files and kustomizations, and those that were applied before. */
export class Objects {
  readonly #entries: readonly Entry[];
  readonly #kustomizations: Kustomizations;
  readonly #trees = new Map<Entry, readonly Branch[]>();
  readonly #made = new Map<string, readonly Branch[]>();
  readonly #applied: Branch[] = [];

  constructor(entries: readonly Entry[], kustomizations: Kustomizations) {
    this.#entries = entries;
    this.#kustomizations = kustomizations;
  }

  /** Files and kustomizations that mention Flux or Argo CD, with their objects. */
  mentioningAppliers(): readonly { readonly path: string; readonly objects: readonly Branch[] }[] {
    return this.#entries
      .filter((entry) => this.#mayApply(entry))
      .map((entry) => ({ path: entry.path, objects: this.#treesOf(entry) }));
  }

  add(applied: readonly Branch[]): void {
    this.#applied.push(...applied);
  }

  /**
   * The namespace counts where both have one. What was applied comes first, then files: to look into kustomizations takes
   * longest.
   */
  find(kind: string, name: string, namespace: string): Branch | undefined {
    if (name === "") return undefined;
    const fits = (tree: Branch): boolean => {
      const own = textOf(lookUp(tree, "metadata", "namespace"));
      const isNamed = textOf(lookUp(tree, "kind")) === kind && textOf(lookUp(tree, "metadata", "name")) === name;
      return isNamed && (own === "" || namespace === "" || own === namespace);
    };
    const inFiles = (): Branch | undefined =>
      this.#entries
        .filter((entry) => entry.kind === "file" && entry.source.text.includes(name))
        .flatMap((entry) => this.#treesOf(entry))
        .find(fits);
    return this.#applied.find(fits) ?? inFiles() ?? this.#madeOf(kind).find(fits);
  }

  /** What kustomizations make, of those that may make this kind: each is looked into once for each kind. */
  #madeOf(kind: string): readonly Branch[] {
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const found = this.#entries
      .filter(({ kind: of, path }) => of === "kustomization" && this.#kustomizations.reach(path).referred)
      .flatMap((entry) => this.#treesOf(entry));
    const made = found.filter((tree) => textOf(lookUp(tree, "kind")) === kind);
    this.#made.set(kind, made);
    return made;
  }

  #treesOf(entry: Entry): readonly Branch[] {
    const known = this.#trees.get(entry);
    if (known !== undefined) return known;
    // What is wrong with a kustomization is said where it is read.
    const built = (): readonly Branch[] => this.#kustomizations.trees(entry.path);
    const trees =
      entry.kind === "file"
        ? this.#documentsOf(entry)
        : unlessForeign(
            built,
            () => false,
            () => undefined,
          );
    this.#trees.set(entry, trees);
    return trees;
  }

  /** Charts are looked at when it is known who installs them. */
  #mayApply(entry: Entry): boolean {
    if (entry.kind === "chart") return false;
    return entry.kind === "file"
      ? mentionsAppliers(entry.source.text)
      : this.#kustomizations.reach(entry.path).appliers;
  }

  /** What is no YAML yet is a template of somebody's. */
  #documentsOf({ source }: Entry & { readonly kind: "file" }): readonly Branch[] {
    return this.#kustomizations.files.parsed(source).flatMap((document) => {
      if (document.document.errors.length > 0) return [];
      const tree = treeOf(document);
      return tree?.kind === "branch" ? [tree] : [];
    });
  }
}
