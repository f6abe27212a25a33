import type { Rule } from "../rules/rule.ts";
import { areas, type RuleCode } from "../rules.ts";

const rules = new Map<string, Rule>(areas.flatMap((area) => Object.entries<Rule>(area.rules)));

/** What is documented of a code. */
export function ruleOf(code: RuleCode): Rule | undefined {
  return rules.get(code);
}

/** `preset` of `preset/unknown`. */
export function areaOf(code: RuleCode): string {
  return code.slice(0, code.indexOf("/"));
}
