import type { Key } from "../../../core/field-path.ts";
import { isObject } from "../../../core/json.ts";
import type { ParsedDocument } from "../document.ts";

/** Where a value stands. */
export interface Origin {
  readonly document: ParsedDocument;
  readonly keys: readonly Key[];
  /** Whether it is stated there for one object, so that it may be changed there; what a kustomization sets holds for all. */
  readonly isOwn: boolean;
}

/** A value whose every part knows where it stands. Builds change trees in place; what is shared is copied first. */
export type Tree = Leaf | Branch | List;
export interface Leaf {
  readonly kind: "leaf";
  value: null | boolean | number | string;
  /** A null that is not written out: `key:`. */
  isBare?: boolean;
  at: Origin | undefined;
}
export interface Branch {
  readonly kind: "branch";
  readonly members: Map<string, Tree>;
  readonly at: Origin | undefined;
}
export interface List {
  readonly kind: "list";
  readonly items: Tree[];
  readonly at: Origin | undefined;
}

export function leaf(value: Leaf["value"], at?: Origin): Leaf {
  return { kind: "leaf", value, at };
}

export function branch(at?: Origin): Branch {
  return { kind: "branch", members: new Map(), at };
}

/** Gives a leaf another value, wherever else in its tree the same leaf is held: kustomize shares them, too. */
export function overwrite(target: Leaf, by: Leaf): Leaf {
  target.value = by.value;
  target.at = by.at;
  target.isBare = by.isBare === true;
  return target;
}

export function isNull(tree: Tree | undefined): boolean {
  return tree === undefined || (tree.kind === "leaf" && tree.value === null);
}

export function copyOf<T extends Tree>(tree: T): T {
  const copied: Tree =
    tree.kind === "branch"
      ? { ...tree, members: new Map([...tree.members].map(([key, member]) => [key, copyOf(member)])) }
      : tree.kind === "list"
        ? { ...tree, items: tree.items.map(copyOf) }
        : { ...tree };
  return copied as T;
}

/** The value as JSON has it. */
export function plainTree(tree: Tree): unknown {
  switch (tree.kind) {
    case "leaf":
      return tree.value;
    case "list":
      return tree.items.map(plainTree);
    case "branch": {
      const made: Record<string, unknown> = {};
      for (const [key, member] of tree.members) {
        // An assignment to __proto__ would set the prototype.
        Object.defineProperty(made, key, {
          value: plainTree(member),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return made;
    }
  }
}

/** A JSON value as a tree that stands in one place. */
export function treeFrom(value: unknown, at?: Origin): Tree {
  if (Array.isArray(value)) return { kind: "list", items: value.map((item) => treeFrom(item, at)), at };
  if (!isObject(value)) return leaf((value ?? null) as Leaf["value"], at);
  return { kind: "branch", members: new Map(Object.entries(value).map(([key, one]) => [key, treeFrom(one, at)])), at };
}

/** What stands below these keys; undefined where there is nothing. */
export function lookUp(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let found = tree;
  for (const key of keys) found = found?.kind === "branch" ? found.members.get(key) : undefined;
  return found;
}

/** The text of a value as a YAML parser that knows no types has it: `80` of 80; "" where there is none. */
export function textOf(tree: Tree | undefined): string {
  return tree?.kind !== "leaf" || tree.value === null ? "" : String(tree.value);
}

/** The mapping below this key, made where there is none. */
export function childBranch(tree: Branch, key: string, at?: Origin): Branch {
  const found = tree.members.get(key);
  if (found?.kind === "branch") return found;
  const made = branch(at);
  tree.members.set(key, made);
  return made;
}
