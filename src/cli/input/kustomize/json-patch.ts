import { sameJson } from "../../../core/json.ts";
import { UsageError } from "../../../option.ts";
import { tokensOf } from "../edit/target.ts";
import { type Branch, copyOf, isNull, type List, plainTree, type Tree, textOf } from "../tree/tree.ts";

/**
 * A JSON Patch (RFC 6902) done on a tree in place; what it states keeps its place.
 * @param operations the list of operations as it stands
 * @throws UsageError for an operation that cannot be done
 */
export function applyJsonPatch(tree: Branch, operations: Tree, where: string): void {
  if (operations.kind !== "list") throw new UsageError(`${where}: a JSON patch is a list of operations`);
  for (const operation of operations.items) {
    if (operation.kind !== "branch") throw new UsageError(`${where}: an operation is a mapping`);
    applyOne(tree, operation, where);
  }
}

function applyOne(tree: Branch, operation: Branch, where: string): void {
  const text = (key: string): string => textOf(operation.members.get(key));
  const [op, path] = [text("op"), text("path")];
  const fail = (why: string): never => {
    throw new UsageError(`${where}: ${op} ${path}: ${why}`);
  };
  const value = (): Tree => copyOf(operation.members.get("value") ?? fail("states no value"));
  const from = (): Spot => at(tree, text("from"), fail);
  const spot = at(tree, path, fail);
  switch (op) {
    case "add":
      add(spot, value(), fail);
      break;
    case "remove":
      remove(spot, fail);
      break;
    case "replace":
      put(spot, value(), fail);
      break;
    case "move":
      add(spot, remove(from(), fail), fail);
      break;
    case "copy":
      add(spot, copyOf(found(from(), fail) ?? fail("is not there")), fail);
      break;
    case "test":
      if (!isEqual(found(spot, fail), operation.members.get("value"))) fail("has another value");
      break;
    default:
      fail("is no operation: add, remove, replace, move, copy or test");
  }
}

function isEqual(a: Tree | undefined, b: Tree | undefined): boolean {
  return (isNull(a) && isNull(b)) || sameJson(a && plainTree(a), b && plainTree(b));
}

function put(spot: Spot, value: Tree, fail: Fail): void {
  const { parent, key } = spot;
  if (found(spot, fail) === undefined) fail("is not there");
  if (parent.kind === "branch") parent.members.set(key, value);
  else parent.items[index(parent, key, fail)] = value;
}

interface Spot {
  readonly parent: Branch | List;
  readonly key: string;
}
type Fail = (why: string) => never;

function at(tree: Branch, pointer: string, fail: Fail): Spot {
  const tokens = tokensOf(pointer);
  const key = tokens.at(-1);
  let parent: Tree | undefined = tree;
  for (const token of tokens.slice(0, -1)) {
    parent = parent?.kind === "list" ? parent.items[index(parent, token, fail)] : childOf(parent, token);
  }
  if (key === undefined || parent === undefined || parent.kind === "leaf") return fail("the parent is not there");
  return { parent, key };
}

function childOf(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === "branch" ? tree.members.get(key) : undefined;
}

/** Negative indices count from the end, as in the library kustomize uses. */
function index({ items }: List, key: string, fail: Fail): number {
  if (!/^-?\d+$/.test(key)) return fail(`${key} is no index`);
  const number = Number(key) < 0 ? items.length + Number(key) : Number(key);
  return number < 0 || number >= items.length ? fail(`${key} is out of bounds`) : number;
}

function found({ parent, key }: Spot, fail: Fail): Tree | undefined {
  return parent.kind === "branch" ? parent.members.get(key) : parent.items[index(parent, key, fail)];
}

function add({ parent, key }: Spot, value: Tree, fail: Fail): void {
  if (parent.kind === "branch") parent.members.set(key, value);
  else if (key === "-" || key === String(parent.items.length)) parent.items.push(value);
  else parent.items.splice(index(parent, key, fail), 0, value);
}

function remove(spot: Spot, fail: Fail): Tree {
  const { parent, key } = spot;
  const gone = found(spot, fail);
  if (gone === undefined) return fail("is not there");
  if (parent.kind === "branch") parent.members.delete(key);
  else parent.items.splice(index(parent, key, fail), 1);
  return gone;
}
