import { type Branch, branch, isNull, type List, lookUp, type Tree } from "../tree/tree.ts";

/** How a chart is installed. */
export interface ChartUse {
  readonly release: string;
  /** "" where it is not known. */
  readonly namespace: string;
  /** Values over those of the chart, weakest first. */
  readonly values: readonly Layer[];
  /** Files that stand for the chart's own values.yaml, weakest first; absent: its own. */
  readonly ownValues?: readonly string[];
  /** Flags as helm has them: `--set-string`, `a=b`. */
  readonly flags: readonly string[];
}

/** Values of one source. */
export interface Layer {
  /** The file that helm reads itself; absent: they are given to it. */
  readonly file?: string;
  readonly tree: Tree | undefined;
}

/** Values laid over others as helm does: mappings grow, all else replaces. */
export function mergedValues(layers: readonly (Tree | undefined)[]): Branch {
  return layers.reduce<Branch>((made, layer) => (layer?.kind === "branch" ? laidOver(made, layer) : made), branch());
}

function laidOver(below: Branch, above: Branch): Branch {
  const members = new Map(below.members);
  for (const [key, value] of above.members) {
    const own = members.get(key);
    members.set(key, own?.kind === "branch" && value.kind === "branch" ? laidOver(own, value) : value);
  }
  return { kind: "branch", members, at: above.at ?? below.at };
}

/** The items of a list that is stated; [] for anything else. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.kind === "list" ? (tree as List).items : [];
}

/** What stands below these keys, unless it is null. */
export function stated(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  const found = lookUp(tree, ...keys);
  return isNull(found) ? undefined : found;
}
