import { parseBudget } from "../cost/budget.ts";
import { error, type Issue } from "../issue.ts";
import { isObject } from "../json.ts";
import { nearest } from "../nearest.ts";
import { isRuleCode, ruleCodes } from "../rules.ts";
import { list, map, object, oneOf, type Static, string, validator } from "../schema.ts";

const waiver = object(
  {
    rule: string("Code of the rule, as docs/rules.md lists them."),
    workspace: string("namespace/name it holds for; * stands for any characters. Absent: every object."),
    path: string("Path of the files it holds for, from this file's directory; * stands for any characters."),
    reason: string("Why what the rule finds is left."),
    until: string("Last day it holds, as 2027-01-31. Absent: for good.", { pattern: "^\\d{4}-\\d{2}-\\d{2}$" }),
  },
  "Leaves what one rule finds.",
  { required: ["rule", "reason"], keywords: { additionalProperties: false } },
);

export const checkConfigSchema = object(
  {
    "fail-on": oneOf(["error", "warning", "never"], "From which level on the exit code is 1."),
    rules: map(
      oneOf(["error", "warning", "notice", "off"], "Level."),
      "Levels of rules, by code. What the cluster refuses stays an error.",
    ),
    catalogs: list(
      string("Path, from this file's directory."),
      "Directories or files of catalogue data, over what ships.",
    ),
    policies: list(
      string("Path, from this file's directory; shipped names the policies that ship."),
      "Policies to judge by.",
    ),
    namespace: string("Namespace of Workspaces that state none."),
    budget: string("Most that all Workspaces together may cost, in USD: 5000/month or 7.50/hour."),
    quotas: map(
      string("Path, from this file's directory, of what az vm list-usage -o json prints."),
      "Quotas of the cloud, by region.",
    ),
    baseline: string("Path, from this file's directory, of a baseline."),
    waivers: list(waiver, "What is left, and why."),
  },
  "Settings of foresail check.",
  { keywords: { additionalProperties: false } },
);

export type CheckConfig = Static<typeof checkConfigSchema>;

const validate = validator(checkConfigSchema);

/** What is wrong with a file of settings. */
export function checkConfigIssues(value: unknown): readonly Issue[] {
  const issues = validate(value, "");
  if (issues.length > 0 || !isObject(value)) return issues;
  const config = value as CheckConfig;
  const rules = Object.keys(config.rules ?? {}).flatMap((rule) => unknownRule(`rules[${rule}]`, rule));
  const waived = (config.waivers ?? []).flatMap(({ rule }, i) => unknownRule(`waivers[${i}].rule`, rule));
  const { budget } = config;
  const amount =
    budget === undefined || parseBudget(budget) !== undefined
      ? []
      : [error("budget", "annotation/invalid", `budget ${budget} must be an amount like 5000/month or 7.50/hour`)];
  return [...rules, ...waived, ...amount];
}

function unknownRule(path: string, rule: string): readonly Issue[] {
  if (isRuleCode(rule)) return [];
  const near = nearest(rule, ruleCodes);
  const hint = near.length > 0 ? `nearest are ${near.join(", ")}` : "docs/rules.md lists them";
  return [error(path, "waiver/unknown-rule", `${path}: there is no rule ${rule.slice(0, 80)}; ${hint}`)];
}
