import { RE2JS } from "re2js";
import { UsageError } from "../../../option.ts";
import { Unsupported } from "./unsupported.ts";

// The time is linear in each of the two. Names have 253 characters at most.
const LONGEST_PATTERN = 500;
const LONGEST_TEXT = 1000;

/**
 * A matcher of a pattern that comes with the input, by the rules of Go's regular expressions, which kustomize uses.
 * @param isWhole whether the whole text must match, else a part of it
 * @throws UsageError for a pattern that Go refuses, too
 * @throws Unsupported for one that is very long
 */
export function matcher(pattern: string, isWhole: boolean): (text: string) => boolean {
  if (pattern.length > LONGEST_PATTERN) throw new Unsupported(`the pattern ${pattern.slice(0, LONGEST_PATTERN)}`);
  const expression = compiled(isWhole ? `^(?:${pattern})$` : pattern);
  return (text) => {
    if (text.length > LONGEST_TEXT) throw new Unsupported("a text too long to be matched");
    return expression.matcher(text).find();
  };
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new UsageError(`pattern ${pattern}: ${error instanceof Error ? error.message : error}`);
  }
}
