import { UsageError } from "../../../option.ts";
import type { ParsedDocument } from "../document.ts";
import { treeOf } from "../tree/from-yaml.ts";
import { type Branch, copyOf, isNull, lookUp, type Tree, textOf } from "../tree/tree.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { schemaOf } from "./kinds.ts";
import { insideDocuments, resourcesOf } from "./load.ts";
import { merge } from "./merge.ts";
import type { Resource } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { select } from "./select.ts";

/** Reads the documents of a file of the kustomization. */
export type ReadDocuments = (path: string) => readonly ParsedDocument[];

/** An entry of `patches`: strategic merge or JSON 6902, from a file or inline. */
export function applyPatch(resources: Resources, entry: Tree, read: ReadDocuments, where: string): void {
  const target = lookUp(entry, "target");
  const documents = documentsOf(entry, read, where);
  const operations = operationsIn(documents[0], where);
  if (operations?.kind === "list") applyOperations(resources, operations, target, where);
  else applyMerges(resources, documents, entry, where);
}

function documentsOf(entry: Tree, read: ReadDocuments, where: string): readonly ParsedDocument[] {
  const [path, inline] = ["path", "patch"].map((key) => lookUp(entry, key));
  const isInline = textOf(inline).trim() !== "";
  if ((textOf(path) !== "") === isInline) throw new UsageError(`${where}: must specify one of patch and path`);
  return isInline && inline !== undefined ? insideDocuments(inline) : read(textOf(path));
}

/** What may be a list of operations; one that begins as JSON does must be JSON. */
function operationsIn(document: ParsedDocument | undefined, where: string): Tree | undefined {
  if (document === undefined) return undefined;
  const text = document.inset === undefined ? document.text : document.text.trimStart();
  if (text.startsWith("[") && !isJson(text)) {
    throw new UsageError(`${where}: unable to parse SM or JSON patch: a patch that begins with [ must be JSON`);
  }
  return treeOf(document);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function applyOperations(resources: Resources, operations: Tree, target: Tree | undefined, where: string): void {
  if (target === undefined) throw new UsageError(`${where}: must specify a target for a JSON patch`);
  for (const resource of select(resources.all, target)) {
    resource.remember();
    patchByOperations(resource, operations, where);
  }
}

function patchByOperations(resource: Resource, operations: Tree, where: string): void {
  applyJsonPatch(resource.tree, operations, where);
  // kustomize goes through JSON here, so that nothing is shared afterwards.
  resource.tree = copyOf(resource.tree);
}

function applyMerges(resources: Resources, documents: readonly ParsedDocument[], entry: Tree, where: string): void {
  const target = lookUp(entry, "target");
  const allows = (key: string): boolean => textOf(lookUp(entry, "options", key)) === "true";
  const allow = { name: allows("allowNameChange"), kind: allows("allowKindChange") };
  const patches = resourcesOf(documents);
  if (target !== undefined && patches.length > 1) {
    throw new UsageError(`${where}: several strategic merge patches in one entry cannot have a target`);
  }
  for (const patch of patches) {
    const targets = target === undefined ? [resources.only(patch.originalId, where)] : select(resources.all, target);
    for (const resource of targets) mergePatch(resource, patch, allow, target !== undefined);
  }
  resources.dropGone();
}

/** `patchesStrategicMerge`: each entry is a file, or the patch itself. */
export function applyStrategicMerge(resources: Resources, entry: Tree, read: ReadDocuments, where: string): void {
  const isInline = /[\n{]/.test(textOf(entry));
  const patches = resourcesOf(isInline ? insideDocuments(entry) : read(textOf(entry)));
  if (patches.length === 0) throw new UsageError(`${where}: the patch is empty`);
  for (const patch of patches) {
    mergePatch(resources.only(patch.originalId, where), patch, { name: false, kind: false }, true);
    resources.dropGone();
  }
}

/** An entry of `patchesJson6902`. */
export function applyJson6902(resources: Resources, entry: Tree, read: ReadDocuments, where: string): void {
  const [path, inline, target] = ["path", "patch", "target"].map((key) => lookUp(entry, key));
  if (textOf(lookUp(target, "name")) === "") throw new UsageError(`${where}: must specify the target name`);
  const documents = inline !== undefined && textOf(inline) !== "" ? insideDocuments(inline) : read(textOf(path));
  const operations = operationsIn(documents[0], where);
  if (operations === undefined || isNull(operations)) throw new UsageError(`${where}: the patch is empty`);
  for (const resource of select(resources.all, target)) patchByOperations(resource, operations, where);
}

function mergePatch(
  resource: Resource,
  patch: Resource,
  allow: { readonly name: boolean; readonly kind: boolean },
  isSelected: boolean,
): void {
  if (allow.name || allow.kind) resource.remember();
  const { tree } = resource;
  const stated = copyOf(patch.tree);
  const [apiVersion, kind, metadata] = ["apiVersion", "kind", "metadata"].map((key) => {
    const own = tree.members.get(key);
    return own === undefined ? undefined : copyOf(own);
  });
  // A patch with a target is taken for one of its kind, whatever it states.
  if (isSelected && apiVersion !== undefined) stated.members.set("apiVersion", apiVersion);
  const merged = merge(tree, stated, schemaOf(textOf(apiVersion), textOf(kind)));
  if (merged?.kind !== "branch") {
    resource.isGone = true;
    return;
  }
  if (!allow.kind && kind !== undefined) merged.members.set("kind", kind);
  keepMetadata(merged, metadata, allow.name ? ["namespace"] : ["name", "namespace"]);
  resource.tree = merged;
}

/** A patch cannot change these of an object. */
function keepMetadata(merged: Branch, metadata: Tree | undefined, keys: readonly string[]): void {
  const made = merged.members.get("metadata");
  if (made?.kind !== "branch") return;
  for (const key of keys) {
    const own = lookUp(metadata, key);
    if (own === undefined) made.members.delete(key);
    else made.members.set(key, own);
  }
}
