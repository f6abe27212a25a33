import type { Operation } from "../../../core/diff.ts";
import { type Key, keysOf, pointerTo } from "../../../core/field-path.ts";
import { type JsonObject, sameJson } from "../../../core/json.ts";
import type { Edit } from "../../../core/report/report.ts";
import type { ParsedDocument } from "../document.ts";
import { fileEdits } from "../edit/file-edits.ts";
import { tokensOf } from "../edit/target.ts";
import type { Located, Manifest } from "../manifest.ts";
import { placeIn } from "../place.ts";
import { type Branch, type Origin, plainTree, type Tree } from "./tree.ts";

/**
 * A built object as a manifest: places and edits lead to the file that last stated a field.
 * @param group what it is applied together with
 */
export function treeManifest(tree: Branch, group: string, via?: Located): Manifest {
  const object = plainTree(tree) as JsonObject;
  const placeOf: Manifest["placeOf"] = (path) => {
    const at = nearestOrigin(tree, keysOf(path));
    return at === undefined ? { file: "", line: 1, column: 1 } : placeIn(at.document, at.keys);
  };
  return {
    shown: placeOf("").file,
    group,
    object,
    placeOf,
    edits: (patch) => editsOf(tree, patch),
    ...(via === undefined ? {} : { via }),
  };
}

function nearestOrigin(tree: Tree, keys: readonly Key[]): Origin | undefined {
  let [found, at]: [Tree | undefined, Origin | undefined] = [tree, tree.at];
  for (const key of keys) {
    found = childOf(found, key);
    if (found === undefined) break;
    at = found.at ?? at;
  }
  return at;
}

function childOf(tree: Tree | undefined, key: Key): Tree | undefined {
  if (tree?.kind === "branch") return tree.members.get(String(key));
  return tree?.kind === "list" ? tree.items[Number(key)] : undefined;
}

/** Each operation goes to the document that states what it changes; undefined where one has no such place. */
function editsOf(tree: Branch, patch: readonly Operation[]): readonly Edit[] | undefined {
  const byDocument = new Map<ParsedDocument, Operation[]>();
  for (const operation of patch) {
    const moved = movedTo(tree, operation);
    if (moved === undefined) return undefined;
    byDocument.set(moved.document, [...(byDocument.get(moved.document) ?? []), moved.operation]);
  }
  const edits: Edit[] = [];
  for (const [document, operations] of byDocument) {
    const made = fileEdits(document, operations);
    if (made === undefined) return undefined;
    edits.push(...made);
  }
  return edits;
}

function movedTo(
  tree: Branch,
  operation: Operation,
): { readonly document: ParsedDocument; readonly operation: Operation } | undefined {
  const tokens = tokensOf(operation.path);
  const parent = tokens.slice(0, -1).reduce<Tree | undefined>(childOf, tree);
  const last = tokens.at(-1);
  if (parent === undefined || last === undefined) return undefined;
  const target = last === "-" ? undefined : childOf(parent, last);
  const isAddition = operation.op === "add" && (target === undefined || parent.kind === "list");
  const origin = isAddition ? parent.at : target?.at;
  if (origin?.isOwn !== true) return undefined;
  const stated = isAddition ? parent : target;
  // What is built from parts of several files, or changed on the way, is not what stands there.
  if (stated?.kind !== "branch" || !isAddition) {
    if (stated === undefined || !sameJson(plainAt(origin), plainTree(stated))) return undefined;
  }
  const keys = isAddition ? [...origin.keys, last] : origin.keys;
  return { document: origin.document, operation: { ...operation, path: pointerTo(keys) } };
}

function plainAt({ document, keys }: Origin): unknown {
  const node: unknown = document.document.getIn(keys, true);
  const hasJs = typeof node === "object" && node !== null && "toJS" in node;
  return hasJs ? (node as { toJS: (of: unknown) => unknown }).toJS(document.document) : node;
}
