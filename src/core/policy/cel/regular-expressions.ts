import { RE2JS } from "re2js";

/**
 * Go's regular expressions, in time linear in the text: a policy comes from a repository, and JavaScript's own would let one
 * expression run for ever. Undefined for a pattern Go refuses, too.
 */
export function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

/** The matches that do not overlap, at most `most` (undefined: all). */
export function matches(expression: RE2JS, text: string, most?: number): readonly string[] {
  const matcher = expression.matcher(text);
  const found: string[] = [];
  while ((most === undefined || found.length < most) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}
