import { boundNames } from "./macros.ts";
import { childrenOf, type Node } from "./parse.ts";
import { kindOf } from "./value.ts";

/** The type an expression has for sure whatever the object is; undefined: known only when it runs. */
type Static = string | undefined;

const ARITHMETIC = ["+", "-", "*", "/", "%"];
const RELATIONS = ["<", "<=", ">", ">="];
const NUMBERS = ["int", "uint", "double"];
const BOOLS = ["!_", "&&", "||", "==", "!=", "in", ...RELATIONS];
const CONVERSIONS = ["string", "int", "uint", "double", "bool", "bytes"];
const TESTS = ["all", "exists", "exists_one", "existsOne", "startsWith", "endsWith", "contains", "matches", "hasValue"];

/**
 * The first thing that can never work whatever the object is, in the words of the API server, which refuses to store such a
 * policy. What has a type of its own only when it runs is not looked at.
 */
export function mismatch(node: Node): string | undefined {
  for (const child of looked(node)) {
    const problem = mismatch(child);
    if (problem !== undefined) return problem;
  }
  if (node.op === "list") return mixed(node.args);
  const isBinary = node.op === "==" || node.op === "!=" || ARITHMETIC.includes(node.op) || RELATIONS.includes(node.op);
  if (!isBinary) return undefined;
  const [left, right] = (node.args as readonly [Node, Node]).map(typeOf);
  if (left === undefined || right === undefined || fits(node.op, left, right)) return undefined;
  return `found no matching overload for '_${node.op}_' applied to '(${left}, ${right})'`;
}

/** The list of format(), and lists in it, may hold values of several types. */
function looked(node: Node): readonly Node[] {
  const list = node.op === "rcall" && node.args[0] === "format" ? node.args[2][0] : undefined;
  if (node.op !== "rcall" || list?.op !== "list") return childrenOf(node);
  return [node.args[1], ...list.args.flatMap(items)];
}

function items(node: Node): readonly Node[] {
  return node.op === "list" ? node.args.flatMap(items) : [node];
}

function fits(operator: string, left: string, right: string): boolean {
  if (left === right) return !ARITHMETIC.includes(operator) || operator === "+" || !["string", "bool"].includes(left);
  return RELATIONS.includes(operator) && NUMBERS.includes(left) && NUMBERS.includes(right);
}

function mixed(items: readonly Node[]): string | undefined {
  const [first, ...rest] = items.map(typeOf);
  const other = rest.find((type) => type !== undefined && first !== undefined && type !== first);
  return other === undefined ? undefined : `expected type '${first}' but found '${other}'`;
}

/** The type of an expression where it can be told from its shape alone. */
export function typeOf(node: Node): Static {
  if (node.op === "value") return literal(node.args);
  if (BOOLS.includes(node.op)) return "bool";
  if (ARITHMETIC.includes(node.op)) return typeOf((node.args as readonly [Node, Node])[0]);
  if (node.op === "?:") return typeOf(node.args[1]) ?? typeOf(node.args[2]);
  if (node.op === "call") return node.args[0] === "has" ? "bool" : converted(node.args[0]);
  if (node.op === "rcall")
    return TESTS.includes(node.args[0]) && isTest(node.args[2].length, node.args[0]) ? "bool" : undefined;
  return undefined;
}

function literal(value: Extract<Node, { readonly op: "value" }>["args"]): Static {
  if (value === null) return undefined;
  return typeof value === "object" && !(value instanceof Uint8Array) ? "uint" : kindOf(value);
}

function converted(name: string): Static {
  return CONVERSIONS.includes(name) ? name : undefined;
}

function isTest(count: number, name: string): boolean {
  return boundNames(name, count) !== undefined || count <= 1;
}
