import { type Document, isAlias, isMap, isPair, isScalar, isSeq } from "yaml";

export interface AliasFault {
  /** Of the alias, in the text. */
  readonly offset: number;
  readonly message: string;
}

// What aliases and merge keys may add to a document: a pod template has some hundred values, a large one a few thousand.
const MOST_ADDED = 200_000;

interface Walk {
  /** Values of what an anchor names, aliases written out; "open" while it is walked through. */
  readonly sizes: Map<string, number | "open">;
  /** Values that aliases stand for. */
  added: number;
  fault?: AliasFault;
}

/**
 * What is wrong with the aliases of a document: one that stands inside what it names has no end, and aliases of aliases make
 * a short text larger than any memory. Each node is looked at once.
 */
export function aliasFault(document: Document): AliasFault | undefined {
  const walk: Walk = { sizes: new Map(), added: 0 };
  sizeOf(document.contents, walk);
  return walk.fault;
}

/** Values of a node with its aliases written out. */
function sizeOf(node: unknown, walk: Walk): number {
  if (walk.fault !== undefined) return 0;
  if (isAlias(node)) return sizeOfAlias(node.source, node.range?.[0] ?? 0, walk);
  if (isPair(node)) return sizeOf(node.key, walk) + sizeOf(node.value, walk);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
  const { anchor } = node;
  if (anchor !== undefined) walk.sizes.set(anchor, "open");
  let size = 1;
  if (!isScalar(node)) for (const item of node.items) size += sizeOf(item, walk);
  if (anchor !== undefined) walk.sizes.set(anchor, size);
  return size;
}

function sizeOfAlias(name: string, offset: number, walk: Walk): number {
  const size = walk.sizes.get(name) ?? 1;
  if (size === "open") {
    walk.fault = { offset, message: `alias *${name} stands inside what it names` };
    return 0;
  }
  walk.added += size;
  if (walk.added > MOST_ADDED) {
    walk.fault = { offset, message: `aliases stand for more than ${MOST_ADDED} values: write them out` };
  }
  return size;
}
