import { type Branch, branch, childBranch, copyOf, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";

/** What Flux or Argo CD applies of this repository, as the object says that tells them to. */
export interface Applier {
  readonly object: Branch;
  /** The directory it applies, relative to the root of the repository. */
  readonly path: string;
  /** Fields of a kustomization that are laid over the one of the directory. */
  readonly overlay: Branch;
  /** Whether a directory without a kustomization is read with all below it. */
  readonly recurse: boolean;
  readonly include: string;
  readonly exclude: string;
  /** Of objects that state none. */
  readonly defaultNamespace: string;
  readonly labels: Tree | undefined;
  readonly annotations: Tree | undefined;
  readonly substitute: Tree | undefined;
  readonly substituteFrom: readonly Tree[];
}

const WORDS = ["kustomize.toolkit.fluxcd.io/", "argoproj.io/", "helm.toolkit.fluxcd.io/"];

/** Whether a text may hold objects of Flux or Argo CD. */
export function mentionsAppliers(text: string): boolean {
  return WORDS.some((word) => text.includes(word));
}

/** The directories an object has applied; none for other kinds. `told` hears of what is not rendered. */
export function appliersOf(object: Branch, told: (message: string) => void): readonly Applier[] {
  const apiVersion = textOf(lookUp(object, "apiVersion"));
  const kind = textOf(lookUp(object, "kind"));
  const name = textOf(lookUp(object, "metadata", "name"));
  if (apiVersion.startsWith("kustomize.toolkit.fluxcd.io/") && kind === "Kustomization") return fluxAppliers(object);
  if (apiVersion.startsWith("argoproj.io/") && kind === "Application") return argoAppliers(object, told);
  const isUnread = apiVersion.startsWith("argoproj.io/") ? kind === "ApplicationSet" : kind === "HelmRelease";
  if (isUnread && mentionsAppliers(apiVersion))
    told(`${kind} ${name} is not rendered: what it would apply is not read`);
  return [];
}

function fluxAppliers(object: Branch): readonly Applier[] {
  const spec = lookUp(object, "spec");
  // A patch of one: Flux takes none without a source.
  if (lookUp(spec, "path") === undefined && lookUp(spec, "sourceRef") === undefined) return [];
  const overlay = branch();
  copyField(spec, "targetNamespace", overlay, "namespace");
  for (const field of ["namePrefix", "nameSuffix", "patches", "images", "components"])
    copyField(spec, field, overlay, field);
  const metadata = lookUp(spec, "commonMetadata");
  const from = lookUp(spec, "postBuild", "substituteFrom");
  const applier: Applier = {
    object,
    path: textOf(lookUp(spec, "path")) || ".",
    overlay,
    recurse: true,
    include: "",
    exclude: "",
    defaultNamespace: "",
    labels: lookUp(metadata, "labels"),
    annotations: lookUp(metadata, "annotations"),
    substitute: lookUp(spec, "postBuild", "substitute"),
    substituteFrom: from?.kind === "list" ? from.items : [],
  };
  return [applier];
}

function argoAppliers(object: Branch, told: (message: string) => void): readonly Applier[] {
  const spec = lookUp(object, "spec");
  const several = lookUp(spec, "sources");
  const one = lookUp(spec, "source");
  const sources = several?.kind === "list" ? several.items : one === undefined ? [] : [one];
  return sources.flatMap((source) => {
    const path = textOf(lookUp(source, "path"));
    if (path === "") return [];
    if (lookUp(source, "plugin") !== undefined) {
      told(`Application ${textOf(lookUp(object, "metadata", "name"))} uses a plugin and is not rendered`);
      return [];
    }
    const directory = lookUp(source, "directory");
    return [
      {
        object,
        path,
        overlay: argoOverlay(lookUp(source, "kustomize")),
        recurse: textOf(lookUp(directory, "recurse")) === "true",
        include: textOf(lookUp(directory, "include")),
        exclude: textOf(lookUp(directory, "exclude")),
        defaultNamespace: textOf(lookUp(spec, "destination", "namespace")),
        labels: undefined,
        annotations: undefined,
        substitute: undefined,
        substituteFrom: [],
      },
    ];
  });
}

function argoOverlay(kustomize: Tree | undefined): Branch {
  const overlay = branch();
  const fields = [
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "commonAnnotations",
    "patches",
    "components",
    "replicas",
  ];
  for (const field of fields) copyField(kustomize, field, overlay, field);
  const images = lookUp(kustomize, "images");
  if (images?.kind === "list") {
    overlay.members.set("images", { ...images, items: images.items.map(argoImage) });
  }
  return overlay;
}

/** `name=other/name:tag` as an entry of `images`. */
function argoImage(stated: Tree): Tree {
  const text = textOf(stated);
  const [before = "", after] = text.includes("=") ? text.split("=") : [undefined, text];
  const [, image = "", tag, digest] = /^(.*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(after ?? "") ?? [];
  const made = branch(stated.at);
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") made.members.set(key, leaf(value, stated.at));
  };
  set("name", before === "" ? image : before);
  set("newName", before === "" ? undefined : image);
  set("newTag", tag);
  set("digest", digest);
  return made;
}

function copyField(from: Tree | undefined, field: string, to: Branch, as: string): void {
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
