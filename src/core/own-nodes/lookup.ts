import type { Expansion } from "../kinds/expansion.ts";
import { ownNodeTerms } from "./compare.ts";

/** One label of a node; absent: any node may be meant. */
export interface Lookup {
  readonly key: string;
  readonly value: string;
}

/**
 * Labels of which every node that this Workspace selects has one, so that it can be found among thousands; `all` where a
 * selector names no value. Undefined for a Workspace whose nodes are made for it.
 */
export function ownNodeLookups(expansion: Expansion): readonly Lookup[] | "all" | undefined {
  if (expansion.nodes.provision) return undefined;
  const terms = ownNodeTerms(expansion).map((term) => term.find(({ operator }) => operator === "In"));
  if (terms.includes(undefined)) return "all";
  return terms.flatMap((one) => one?.values.map((value) => ({ key: one.key, value })) ?? []);
}
