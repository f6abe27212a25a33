import { branch, childBranch, isNull, leaf, type Origin, type Tree } from "../tree/tree.ts";
import { isSelected, type Resource, type Selector } from "./resource.ts";
import { Unsupported } from "./unsupported.ts";

/** Where a step of kustomize looks for what it sets, in objects of which kind. */
export interface FieldSpec extends Selector {
  readonly path: string;
  readonly create?: boolean;
}

/** `metadata/annotations/a\/b` → its parts. */
export function splitPath(path: string, delimiter: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.replace(delimiter === "/" ? /^\/(?=.)/ : /^(?!)/, "").split(delimiter)) {
    const last = parts.at(-1);
    if (last?.endsWith("\\") === true) parts[parts.length - 1] = last.slice(0, -1) + delimiter + part;
    else parts.push(part);
  }
  return parts;
}

/** Puts a value in the place of what was found. */
export type Replace = (found: Tree) => Tree;

/**
 * Replaces what a field spec leads to in a resource; lists on the way are walked through.
 * @param made what is created where the spec asks for it and nothing is there: a mapping or a value
 */
export function atFieldSpec(
  resource: Resource,
  spec: FieldSpec,
  replace: Replace,
  made?: { readonly kind: "branch" | "leaf"; readonly at: Origin | undefined },
): void {
  if (!isSelected(resource.id, spec)) return;
  const create = spec.create === true ? made : undefined;
  const changed = walk(resource.tree, splitPath(spec.path, "/"), replace, create);
  if (changed.kind === "branch") resource.tree = changed;
}

function walk(
  tree: Tree,
  path: readonly string[],
  replace: Replace,
  create: { readonly kind: "branch" | "leaf"; readonly at: Origin | undefined } | undefined,
): Tree {
  const [part, ...rest] = path;
  if (part === undefined) return replace(tree);
  if (isNull(tree)) return tree;
  if (tree.kind === "list") {
    tree.items.forEach((item, i) => {
      tree.items[i] = walk(item, path, replace, create);
    });
    return tree;
  }
  if (tree.kind === "leaf") throw new Unsupported(`a value where ${path.join("/")} expects a mapping`);
  const name = part.replace(/\[\]$/, "");
  const isSeq = name !== part;
  let child = tree.members.get(name);
  if (isNull(child) && create !== undefined && !isSeq) {
    child = rest.length > 0 || create.kind === "branch" ? branch(create.at) : leaf("", create.at);
    if (rest.length > 0) childBranch(tree, name, create.at);
  }
  if (child !== undefined) tree.members.set(name, walk(child, rest, replace, create));
  return tree;
}
