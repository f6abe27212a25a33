import { trimSpace } from "./cel/go-text.ts";
import type { Scope } from "./cel/scope.ts";
import type { Validation } from "./policy.ts";
import { outcomeOf } from "./scope.ts";

/** MaxEvaluatedMessageExpressionSizeBytes of the API server. */
const LONGEST_BYTES = 5 * 1024;

/**
 * The text of a denial: what messageExpression gives, else message, else the expression. A result that is empty, no string,
 * of several lines or too long is none; so is an error.
 */
export function denialMessage(
  { messageExpression, message, expression }: Validation | Omit<Validation, "reason">,
  scope: Scope,
): string | { readonly notJudged: string } {
  const outcome = messageExpression === undefined ? undefined : outcomeOf(messageExpression, scope);
  if (outcome !== undefined && "notJudged" in outcome) {
    return { notJudged: `it is denied, with a message that is not known here: ${outcome.notJudged}` };
  }
  const made = outcome !== undefined && "value" in outcome ? outcome.value : undefined;
  return usable(made) || trimSpace(message) || `failed expression: ${trimSpace(expression.text)}`;
}

function usable(value: unknown): string {
  if (typeof value !== "string") return "";
  const text = trimSpace(value);
  return text.includes("\n") || Buffer.byteLength(text) > LONGEST_BYTES ? "" : text;
}
