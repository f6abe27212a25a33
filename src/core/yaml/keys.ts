import { type Document, isScalar, type Node, type ParsedNode, visit, type YAMLMap } from "yaml";

/** What the parser says of a repeated key. */
export const REPEATED_KEY = "Map keys must be unique";

/**
 * The first key that a map of the document states a second time, in one pass. Keys are the same where JavaScript has one
 * member for them.
 */
export function repeatedKey(document: Document<ParsedNode>): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Map: (_key, map) => {
      found = repeatedIn(map);
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

function repeatedIn(map: YAMLMap): Node | undefined {
  const known = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (known.has(name)) return key;
    known.add(name);
  }
  return undefined;
}
