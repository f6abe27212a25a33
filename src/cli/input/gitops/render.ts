import { join, relative } from "node:path";
import { UsageError } from "../../../option.ts";
import { directoryEntries, isHidden } from "../directory-entries.ts";
import { build } from "../kustomize/build.ts";
import { defaultFieldSpecs } from "../kustomize/field-specs.ts";
import type { Files } from "../kustomize/files.ts";
import { type KustomizationFile, kustomizationIn, readKustomization } from "../kustomize/kustomization-file.ts";
import { isClusterId, Resource } from "../kustomize/resource.ts";
import { Resources } from "../kustomize/resources.ts";
import { transform } from "../kustomize/transform-all.ts";
import { Unsupported } from "../kustomize/unsupported.ts";
import { mentionsBeside, mentionsOurs } from "../ours.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { objectsIn } from "../tree/objects-in.ts";
import { branch, childBranch, type List, leaf, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { type Applier, type FindObject, mentionsAppliers, overlaid, shownObject } from "./applier.ts";
import { matchesStars } from "./star-pattern.ts";
import { substituted } from "./substitute.ts";

/**
 * The objects that Flux or Argo CD would apply of a directory.
 * @param directory where the applier's path leads, as it is shown
 * @throws UsageError where it is wrong, or states what our build does not know
 */
export function renderApplier(
  applier: Applier,
  directory: string,
  building: Omit<Parameters<typeof build>[1], "root">,
  find: FindObject,
): readonly Resource[] {
  const { files } = building;
  const resources =
    applier.isPlain && kustomizationIn(directory) === undefined
      ? plainResources(files, applier, directory)
      : built(directory, () => ({ ...building, root: rootOf(files, applier, directory) }));
  for (const resource of resources) finish(resource, applier, find);
  return resources;
}

/** The objects of files as Argo CD reads them, names that are generated among them. */
function plainResources(files: Files, applier: Applier, directory: string): readonly Resource[] {
  return manifestsIn(directory, { applier, all: false, files }).flatMap((path) =>
    files
      .documents(directory, relative(directory, path))
      .flatMap((document) => objectsIn(treeOf(document)))
      .map((tree) => new Resource(tree)),
  );
}

/** The objects of a chart with the kustomizations of its applier laid over them, one after the other. */
export function postRendered(resources: readonly Resource[], applier: Applier): readonly Resource[] {
  return (applier.postRenderers ?? []).reduce((before, tree) => {
    const after = new Resources();
    after.appendAll(before);
    const shown = `${shownObject(applier.object)}: postRenderers`;
    transform({ directory: "", shown, tree, isComponent: false }, after, defaultFieldSpecs, (path) => {
      throw new UsageError(`${shown}: a patch of a file (${path}) is not read there`);
    });
    return after.all;
  }, resources);
}

function built(directory: string, building: () => Parameters<typeof build>[1]): readonly Resource[] {
  try {
    return build(directory, building());
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new UsageError(`${directory}: the build of Foresail's own does not know ${error.message}`);
  }
}

/** The directory's kustomization with the applier's settings, or one of all its files. */
function rootOf(files: Files, applier: Applier, directory: string): KustomizationFile {
  const shown = kustomizationIn(directory);
  if (shown !== undefined) {
    const file = readKustomization(files, directory);
    return { ...file, tree: overlaid(file.tree, applier.overlay) };
  }
  const tree = branch(applier.object.at);
  const hasPatches = applier.overlay.members.has("patches");
  const paths = manifestsIn(directory, { applier, all: hasPatches, files }).map((path) =>
    leaf(relative(directory, path)),
  );
  const resources: List = { kind: "list", items: paths, at: undefined };
  tree.members.set("resources", resources);
  return { directory, shown: directory, tree: overlaid(tree, applier.overlay), isComponent: false };
}

/** What is looked for below a directory. */
interface Walk {
  readonly applier: Applier;
  /** Whether objects that mention nothing of ours count, too. */
  readonly all: boolean;
  readonly files: Files;
}

/** Files of objects in byte order; a directory with a kustomization counts as one. */
function manifestsIn(directory: string, walk: Walk): readonly string[] {
  return directoryEntries(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return walk.applier.recurse && !isHidden(entry.name) ? manifestsBelow(path, walk) : [];
    return entry.isFile() && isManifest(path, entry.name, walk) ? [path] : [];
  });
}

function manifestsBelow(path: string, walk: Walk): readonly string[] {
  return walk.applier.isPlain || kustomizationIn(path) === undefined ? manifestsIn(path, walk) : [path];
}

function isManifest(path: string, name: string, { applier, all, files }: Walk): boolean {
  if (!/\.(ya?ml|json)$/.test(name) || !isChosen(name, applier)) return false;
  const concerns = (text: string): boolean =>
    mentionsOurs(text) || mentionsBeside(text) || mentionsAppliers(text) || (all && /^\s*kind:/m.test(text));
  return concerns(files.source(path, concerns).text);
}

function isChosen(name: string, { include, exclude }: Applier): boolean {
  return (include === "" || matchesGlob(name, include)) && (exclude === "" || !matchesGlob(name, exclude));
}

/** Argo CD's patterns: `*` and `{a,b}`. */
function matchesGlob(name: string, glob: string): boolean {
  const alternatives = /^\{(.*)\}$/.exec(glob)?.[1]?.split(",") ?? [glob];
  return alternatives.some((one) => matchesStars(name, one.trim()));
}

/** What an applier does to each object in the end: labels, substitution, a namespace where it has none. */
export function finish(resource: Resource, applier: Applier, find: FindObject): void {
  for (const key of ["labels", "annotations"] as const) {
    const stated = applier[key];
    if (stated?.kind !== "branch") continue;
    const made = childBranch(childBranch(resource.tree, "metadata"), key, stated.at);
    for (const [name, value] of stated.members) made.members.set(name, leaf(textOf(value), value.at));
  }
  substitute(resource, applier, find);
  const { id } = resource;
  if (applier.defaultNamespace !== "" && id.namespace === "" && !isClusterId(id)) {
    const { object } = applier;
    const stated = lookUp(object, "spec", "destination", "namespace") ?? lookUp(object, "spec", "targetNamespace");
    const at = (stated ?? lookUp(object, "metadata", "namespace"))?.at;
    childBranch(resource.tree, "metadata").members.set("namespace", leaf(applier.defaultNamespace, at));
  }
}

const SWITCH = "kustomize.toolkit.fluxcd.io/substitute";

function substitute(resource: Resource, applier: Applier, find: FindObject): void {
  const { substitute: own, substituteFrom = [] } = applier;
  const namespace = textOf(lookUp(applier.object, "metadata", "namespace"));
  if (own === undefined && substituteFrom.length === 0) return;
  const isOff = ["labels", "annotations"].some(
    (key) => textOf(lookUp(resource.tree, "metadata", key, SWITCH)) === "disabled",
  );
  if (isOff) return;
  const variables = new Map<string, string>();
  let isKnown = true;
  for (const reference of substituteFrom) {
    const isConfigMap = textOf(lookUp(reference, "kind")) === "ConfigMap";
    const found = isConfigMap ? find("ConfigMap", textOf(lookUp(reference, "name")), namespace) : undefined;
    if (found === undefined) isKnown = false;
    for (const [key, value] of membersOf(lookUp(found, "data"))) variables.set(key, textOf(value));
  }
  for (const [key, value] of membersOf(own)) variables.set(key, textOf(value));
  const made = substituted(resource.tree, variables, isKnown);
  if (made.kind === "branch") resource.tree = made;
}

function membersOf(tree: Tree | undefined): Iterable<readonly [string, Tree]> {
  return tree?.kind === "branch" ? tree.members : [];
}
