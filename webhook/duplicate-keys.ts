/** Members of all objects of a parsed JSON value. Nesting is bounded by whoever parsed it. */
export function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  for (const key in value) count += 1 + countMembers((value as { readonly [key: string]: unknown })[key]);
  return count;
}

/**
 * The first key that one object of a well-formed JSON text states twice; undefined when there is none. Reads the text token
 * by token, which costs several times what JSON.parse does: ask `countMembers` first.
 */
export function duplicateKey(text: string): string | undefined {
  // For each open object its keys so far, for each open list nothing.
  const open: (Set<string> | undefined)[] = [];
  // Strings, brackets; what stands between them says nothing about keys.
  for (const [token, literal, colon] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    const keys = open.at(-1);
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (literal === undefined) open.pop();
    else if (colon !== undefined && keys !== undefined) {
      // Two spellings of one key, such as "\u0061" and "a", are the same key.
      const key = JSON.parse(literal) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
