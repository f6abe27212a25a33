import { boundNames, nameOf } from "./macros.ts";
import { type Functions, functionKey } from "./overload.ts";
import { childrenOf, type Node } from "./parse.ts";
import { isType } from "./type-names.ts";

/** What an expression may name. */
export interface Declared {
  readonly names: ReadonlySet<string>;
  readonly functions: Functions;
  /** Fields that a name has, where they are known: an unknown one is a mistake that the API server finds, too. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The first name or function that is not there, as the API server calls it; undefined where all are. */
export function undeclared(node: Node, declared: Declared): string | undefined {
  switch (node.op) {
    case "id":
      return declared.names.has(node.args) || isType(node.args) ? undefined : unknown(node.args);
    case "call":
      return unknownFunction(node.args[0], false, node.args[1], declared) ?? first(node.args[1], declared);
    case "rcall":
      return undeclaredCall(node.args[0], node.args[1], node.args[2], declared);
    case ".":
      return undefinedField(node.args[0], node.args[1], declared) ?? undeclared(node.args[0], declared);
    default:
      return first(childrenOf(node), declared);
  }
}

function first(nodes: readonly Node[], declared: Declared): string | undefined {
  for (const node of nodes) {
    const problem = undeclared(node, declared);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function undefinedField(of: Node, name: string, { fields }: Declared): string | undefined {
  const known = of.op === "id" ? fields.get(of.args) : undefined;
  return known === undefined || known.has(name) ? undefined : `undefined field '${name}'`;
}

function unknownFunction(
  name: string,
  isMethod: boolean,
  args: readonly Node[],
  { functions }: Declared,
): string | undefined {
  if (functions.has(functionKey(name, isMethod, args.length))) return undefined;
  if (name === "has" && !isMethod && args.length === 1) {
    return args[0]?.op === "." ? undefined : "invalid argument to has() macro";
  }
  return unknown(name);
}

function undeclaredCall(name: string, receiver: Node, args: readonly Node[], declared: Declared): string | undefined {
  const count = boundNames(name, args.length);
  if (count !== undefined) {
    const problem = undeclared(receiver, declared);
    if (problem !== undefined) return problem;
    const bindings = args.slice(0, count);
    if (bindings.some(({ op }) => op !== "id")) return "argument must be a simple name";
    const names = new Set([...declared.names, ...bindings.map(nameOf)]);
    return first(args.slice(count), { ...declared, names });
  }
  const namespaced =
    receiver.op === "id" && declared.functions.has(functionKey(`${receiver.args}.${name}`, false, args.length));
  if (namespaced) return first(args, declared);
  const [, ...all] = [name, receiver, ...args];
  return first(all, declared) ?? unknownFunction(name, true, [receiver, ...args], declared);
}

/** The words of the API server: every name is looked for in the container without a name. */
function unknown(name: string): string {
  return `undeclared reference to '${name}' (in container '')`;
}
