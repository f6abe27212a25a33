import { treeOf } from "../tree/from-yaml.ts";
import { lookUp, plainTree, type Tree, textOf } from "../tree/tree.ts";
import type { FieldSpec } from "./field-path.ts";
import { type FieldSpecs, mergeSpecs } from "./field-specs.ts";
import { setImages } from "./images.ts";
import { entriesOf, type KustomizationFile } from "./kustomization-file.ts";
import { applyJson6902, applyPatch, applyStrategicMerge, type ReadDocuments } from "./patches.ts";
import { applyReplacement } from "./replacements.ts";
import type { Resources } from "./resources.ts";
import { setAffix, setNamespace, setPairs, setReplicas } from "./transform.ts";

/** All that a kustomization changes, in the order in which kustomize does it. */
export function transform(file: KustomizationFile, resources: Resources, specs: FieldSpecs, read: ReadDocuments): void {
  const each = (field: string, change: (entry: Tree, where: string) => void): void => {
    entriesOf(file, field).forEach((entry, i) => {
      change(entry, `${file.shown}: ${field}[${i}]`);
    });
  };
  const stated = (field: string): Tree | undefined => {
    const value = lookUp(file.tree, field);
    return textOf(value) === "" ? undefined : value;
  };
  each("patchesStrategicMerge", (entry, where) => applyStrategicMerge(resources, entry, read, where));
  each("patches", (entry, where) => applyPatch(resources, entry, read, where));
  const namespace = stated("namespace");
  if (namespace !== undefined) setNamespace(resources, namespace, specs.namespace);
  const [prefix, suffix] = [stated("namePrefix"), stated("nameSuffix")];
  if (prefix !== undefined) setAffix(resources, "prefixes", textOf(prefix), specs.namePrefix);
  if (suffix !== undefined) setAffix(resources, "suffixes", textOf(suffix), specs.nameSuffix);
  each("labels", (entry) => setPairs(resources, lookUp(entry, "pairs"), labelSpecs(entry, specs)));
  setPairs(resources, lookUp(file.tree, "commonLabels"), specs.commonLabels);
  setPairs(resources, lookUp(file.tree, "commonAnnotations"), specs.commonAnnotations);
  each("patchesJson6902", (entry, where) => applyJson6902(resources, entry, read, where));
  each("replicas", (entry) => setReplicas(resources, entry, specs.replicas));
  each("images", (entry) => setImages(resources, entry, specs.images));
  each("replacements", (entry, where) => {
    for (const one of replacementsOf(entry, read)) applyReplacement(resources, one, where);
  });
}

function labelSpecs(entry: Tree, specs: FieldSpecs): readonly FieldSpec[] {
  const isSet = (key: string): boolean => textOf(lookUp(entry, key)) === "true";
  const fields = lookUp(entry, "fields");
  const own = fields?.kind === "list" ? fields.items.map((one) => plainTree(one) as FieldSpec) : [];
  const all = mergeSpecs(own, specs.labels);
  if (isSet("includeSelectors")) return mergeSpecs(all, specs.commonLabels);
  const templates = isSet("includeTemplates") ? mergeSpecs(all, specs.templateLabels) : all;
  return mergeSpecs(templates, [{ path: "metadata/labels", create: true }]);
}

/** An entry may name a file with one replacement or a list of them. */
function replacementsOf(entry: Tree, read: ReadDocuments): readonly Tree[] {
  const path = textOf(lookUp(entry, "path"));
  if (path === "") return [entry];
  return read(path).flatMap((document) => {
    const tree = treeOf(document, false);
    return tree?.kind === "list" ? tree.items : (tree ?? []);
  });
}
