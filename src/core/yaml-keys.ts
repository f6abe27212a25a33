import { type Document, isScalar, type Node, type ParsedNode, visit, type YAMLMap } from "yaml";

/**
 * Parser options for texts of people we do not know. The parser's own check of repeated keys compares every pair of a map:
 * 20,000 keys, 200 KB, take it seconds. `repeatedKey` does the same in one pass. And it would show the line of every fault
 * it finds: for 100,000 faults on one line of 100 KB that is seconds again.
 */
export const untrustedYaml = { prettyErrors: false, uniqueKeys: false } as const;

/** What the parser says of a repeated key. */
export const REPEATED_KEY = "Map keys must be unique";

/** The first key that a map of the document states a second time; keys are the same where JavaScript has one member for them. */
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
