import { parse } from "yaml";
import { leaf, type Tree, textOf } from "../tree/tree.ts";

const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)(?::[=-]([^}]*))?\}/g;

/**
 * Flux' post-build substitution: `${name}`, `${name:=default}`; `$${name}` stays as `${name}`.
 * @param isKnown whether all sources of variables are known: then one without a value is empty, else it is left as it stands
 */
export function substituted(tree: Tree, variables: ReadonlyMap<string, string>, isKnown: boolean): Tree {
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => substituted(item, variables, isKnown)) };
  if (tree.kind === "branch") {
    return {
      ...tree,
      members: new Map([...tree.members].map(([key, member]) => [key, substituted(member, variables, isKnown)])),
    };
  }
  const text = textOf(tree);
  if (typeof tree.value !== "string" || !text.includes("${")) return tree;
  const made = text.replaceAll(REFERENCE, (whole, dollar: string, name: string, fallback: string | undefined) => {
    if (dollar !== "") return whole.slice(1);
    return variables.get(name) ?? fallback ?? (isKnown ? "" : whole);
  });
  return made === text ? tree : leaf(typed(made), tree.at);
}

/** The substitution is done in text, which is parsed afterwards. */
function typed(text: string): string | number | boolean {
  const value: unknown = /^[\w.+-]+$/.test(text) ? parse(text) : text;
  return typeof value === "number" || typeof value === "boolean" ? value : text;
}
