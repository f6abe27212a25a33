import type { ChartUse } from "../helm/chart-use.ts";
import { mentionsOurs, mentionsSettings } from "../ours.ts";
import { type Branch, branch, childBranch, copyOf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import type { Repository } from "./repository.ts";

/** What Flux or Argo CD applies of this repository, as the object says that tells them to. */
export interface Applier {
  readonly object: Branch;
  /** The directory it applies, relative to the root of the repository. */
  readonly path: string;
  /** Whether the path is one in an artifact, of which nobody here knows what it was made of: it may be this repository. */
  readonly isInArtifact: boolean;
  /** Fields of a kustomization that are laid over the one of the directory. */
  readonly overlay: Branch;
  /** Whether a directory without a kustomization is read as it is, and not built of what lies in it. */
  readonly isPlain: boolean;
  /** Whether a directory without a kustomization is read with all below it. */
  readonly recurse: boolean;
  readonly include: string;
  readonly exclude: string;
  /** Of objects that state none. */
  readonly defaultNamespace: string;
  readonly labels?: Tree | undefined;
  readonly annotations?: Tree | undefined;
  readonly substitute?: Tree | undefined;
  readonly substituteFrom?: readonly Tree[];
  /**
   * How a chart in the directory is installed.
   * @throws UsageError for files it names that are not there
   */
  readonly chart: (directory: string) => ChartUse;
  /** Kustomizations laid over what a chart makes. */
  readonly postRenderers?: readonly Branch[];
}

/** What appliers are judged with. */
export interface Surroundings {
  /** Says what is not rendered. */
  readonly tell: (message: string) => void;
  readonly repository: Repository;
  readonly find: FindObject;
}

/** An object among the files and among what is applied; the namespace counts where both have one. */
export type FindObject = (kind: string, name: string, namespace: string) => Branch | undefined;

const WORDS = ["kustomize.toolkit.fluxcd.io/", "argoproj.io/", "helm.toolkit.fluxcd.io/"];

/** Whether a text may hold objects of Flux or Argo CD. */
export function mentionsAppliers(text: string): boolean {
  return WORDS.some((word) => text.includes(word));
}

/** Whether a text may hold objects that are read, or those that apply them. */
export function mentionsWhatCounts(text: string): boolean {
  return mentionsOurs(text) || mentionsSettings(text) || mentionsAppliers(text);
}

/** `HelmRelease phi`. */
export function shownObject(object: Branch): string {
  return `${textOf(lookUp(object, "kind"))} ${textOf(lookUp(object, "metadata", "name"))}`;
}

export function copyFields(from: Tree | undefined, fields: readonly string[], to: Branch): void {
  for (const field of fields) copyField(from, field, to, field);
}

export function copyField(from: Tree | undefined, field: string, to: Branch, as: string): void {
  const found = lookUp(from, field);
  if (found !== undefined) to.members.set(as, copyOf(found));
}

/** The fields of an overlay laid over a kustomization: values replace, lists grow. */
export function overlaid(kustomization: Branch, overlay: Branch): Branch {
  const made = copyOf(kustomization);
  for (const [field, value] of overlay.members) {
    const own = made.members.get(field);
    if (own?.kind === "list" && value.kind === "list") own.items.push(...value.items);
    else if (own?.kind === "branch" && value.kind === "branch") {
      for (const [key, member] of value.members) childBranch(made, field).members.set(key, member);
    } else made.members.set(field, value);
  }
  return made;
}

/** An applier of plain files, before more is said of it. */
export function plainApplier(object: Branch, path: string): Applier {
  return {
    object,
    path,
    isInArtifact: false,
    overlay: branch(),
    isPlain: false,
    recurse: true,
    include: "",
    exclude: "",
    defaultNamespace: "",
    chart: () => ({ release: textOf(lookUp(object, "metadata", "name")), namespace: "", values: [], flags: [] }),
  };
}
