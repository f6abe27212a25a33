import { type Branch, type Tree, textOf } from "./tree.ts";

/** The object that a document is, or the items of the List that it is; none where it is neither. */
export function objectsIn(tree: Tree | undefined): readonly Branch[] {
  if (tree?.kind !== "branch") return [];
  const kind = textOf(tree.members.get("kind"));
  const items = tree.members.get("items");
  if (kind.endsWith("List") && items?.kind === "list") return items.items.flatMap(objectsIn);
  return kind === "" ? [] : [tree];
}
