import { itemsOf } from "../helm/chart-use.ts";
import { type Branch, branch, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Applier, copyFields, plainApplier, type Surroundings, shownObject } from "./applier.ts";
import { argoChartUse } from "./argo-helm.ts";

/** What an Argo CD `Application` applies of this repository. */
export function argoAppliers(object: Branch, around: Surroundings): readonly Applier[] {
  const spec = lookUp(object, "spec");
  const several = lookUp(spec, "sources");
  const one = lookUp(spec, "source");
  const sources = several?.kind === "list" ? several.items : one === undefined ? [] : [one];
  if (sources.length === 0) around.tell(`${shownObject(object)} is not rendered: it has no source`);
  return sources.flatMap((source) => {
    const why = leftOut(source, around);
    if (why !== undefined) around.tell(`${shownObject(object)} ${why}`);
    // A source that is only referred to has no path.
    const path = textOf(lookUp(source, "path"));
    return why !== undefined || path === "" ? [] : [sourceApplier(object, source, sources, around)];
  });
}

/** Why a source is not rendered, as the end of a sentence. */
function leftOut(source: Tree, { repository }: Surroundings): string | undefined {
  const url = textOf(lookUp(source, "repoURL"));
  const chart = textOf(lookUp(source, "chart"));
  if (chart !== "") return `is not rendered: the chart ${chart} of ${url} is not in this repository`;
  if (textOf(lookUp(source, "path")) === "") return undefined;
  if (lookUp(source, "plugin") !== undefined) return "uses a plugin and is not rendered";
  return isArtifact(url) || repository.isHere(url)
    ? undefined
    : `is not rendered: it applies ${url}, which is not this repository`;
}

function sourceApplier(object: Branch, source: Tree, sources: readonly Tree[], around: Surroundings): Applier {
  const directory = lookUp(source, "directory");
  return {
    ...plainApplier(object, textOf(lookUp(source, "path"))),
    overlay: argoOverlay(lookUp(source, "kustomize")),
    isInArtifact: isArtifact(textOf(lookUp(source, "repoURL"))),
    isPlain: true,
    recurse: textOf(lookUp(directory, "recurse")) === "true",
    include: textOf(lookUp(directory, "include")),
    exclude: textOf(lookUp(directory, "exclude")),
    defaultNamespace: textOf(lookUp(object, "spec", "destination", "namespace")),
    chart: (where) => argoChartUse({ object, source, sources, directory: where, around }),
  };
}

function isArtifact(url: string): boolean {
  return url.startsWith("oci://");
}

function argoOverlay(kustomize: Tree | undefined): Branch {
  const overlay = branch();
  const names = ["namespace", "namePrefix", "nameSuffix", "commonLabels", "commonAnnotations"];
  copyFields(kustomize, [...names, "patches", "components", "replicas"], overlay);
  const images = lookUp(kustomize, "images");
  if (images?.kind === "list") {
    overlay.members.set("images", { ...images, items: itemsOf(images).map(argoImage) });
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
