import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { NotJudged } from "./errors.ts";

export type Node = ASTNode;

/** Longer ones are not judged; the longest of well-known policies has some 2,000 characters. */
const LONGEST = 20_000;
const DEEPEST = 250;

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 5_000, maxDepth: DEEPEST, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32 },
});

export interface Parsed {
  readonly text: string;
  readonly root: Node;
}

/** Reads one expression. Gives a text where it is none, or none that this parser knows. */
export function parseExpression(text: string): Parsed | string {
  if (text.length > LONGEST)
    return `the expression has ${text.length} characters, more than the ${LONGEST} that are read`;
  try {
    const root = environment.parse(text).ast;
    checkShape(root, text, 0);
    return { text, root };
  } catch (problem) {
    if (problem instanceof NotJudged) return problem.message;
    return problem instanceof Error ? (problem.message.split("\n")[0] ?? "") : String(problem);
  }
}

const RELATIONS = new Set(["<", "<=", ">", ">=", "in"]);

/**
 * Two things this parser takes otherwise than the API server: chains are read without end, and == binds weaker than <
 * where CEL gives both one rank.
 */
function checkShape(node: Node, text: string, depth: number): void {
  if (depth > DEEPEST) throw new NotJudged(`the expression is nested deeper than ${DEEPEST}`);
  if (node.op === "==" || node.op === "!=") {
    const [left, right] = node.args;
    const between = text.slice(left.end, right.start);
    if (RELATIONS.has(right.op) && !between.includes("(")) {
      throw new NotJudged(`write parentheses: ${node.op} and ${right.op} have one rank, read from the left`);
    }
  }
  for (const child of childrenOf(node)) checkShape(child, text, depth + 1);
}

export function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}
