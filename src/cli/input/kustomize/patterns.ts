import { Unsupported } from "./unsupported.ts";

// What makes a backtracking matcher slow is left to the user's tool, whose matcher is linear.
const SLOW = /\)[*+?{]|\\[1-9]|\(\?/;
const MOST_QUANTIFIERS = 3;
const LONGEST_PATTERN = 500;
const LONGEST_TEXT = 1000;

/** A matcher of a pattern that comes with the input. Throws Unsupported for one that could take long. */
export function matcher(pattern: string, isWhole: boolean): (text: string) => boolean {
  const quantifiers = pattern.match(/[*+?{]/g)?.length ?? 0;
  if (SLOW.test(pattern) || quantifiers > MOST_QUANTIFIERS || pattern.length > LONGEST_PATTERN) {
    throw new Unsupported(`the pattern ${pattern.slice(0, LONGEST_PATTERN)}`);
  }
  const expression = compiled(isWhole ? `^(?:${pattern})$` : pattern);
  return (text) => {
    if (text.length > LONGEST_TEXT) throw new Unsupported("a text too long to be matched");
    return expression.test(text);
  };
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new Unsupported(`the pattern ${pattern}`);
  }
}
