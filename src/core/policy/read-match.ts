import { isObject, type Json, type JsonObject } from "../json.ts";
import { readSelector } from "./label-selector.ts";
import type { Match, ResourceRule } from "./policy.ts";
import type { Problem } from "./read.ts";

const LISTS = ["apiGroups", "apiVersions", "operations", "resources"] as const;

/** Reads matchConstraints or matchResources at `path`; defaults are the API server's: Equivalent, scope `*`. */
export function readMatch(json: JsonObject, path: string): Match | readonly Problem[] {
  const objects = readSelector(json["objectSelector"]);
  const namespaces = readSelector(json["namespaceSelector"]);
  const problems: readonly Problem[] = [
    ...(typeof objects === "string" ? [{ path: `${path}.objectSelector`, message: objects }] : []),
    ...(typeof namespaces === "string" ? [{ path: `${path}.namespaceSelector`, message: namespaces }] : []),
    ...ruleProblems(json["resourceRules"], `${path}.resourceRules`),
    ...ruleProblems(json["excludeResourceRules"], `${path}.excludeResourceRules`),
  ];
  if (problems.length > 0 || typeof objects === "string" || typeof namespaces === "string") return problems;
  return {
    rules: rules(json["resourceRules"]),
    excluded: rules(json["excludeResourceRules"]),
    equivalent: json["matchPolicy"] !== "Exact",
    objects,
    namespaces,
  };
}

function ruleProblems(json: Json | undefined, path: string): readonly Problem[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return [{ path, message: "must be a list" }];
  return json.flatMap((rule, i) => {
    const missing = LISTS.filter((name) => !isObject(rule) || strings(rule[name]).length === 0);
    return missing.map((name) => ({ path: `${path}[${i}].${name}`, message: "must be a list of names" }));
  });
}

function rules(json: Json | undefined): readonly ResourceRule[] {
  return Array.isArray(json) ? json.filter(isObject).map(rule) : [];
}

function rule(json: JsonObject): ResourceRule {
  return {
    apiGroups: strings(json["apiGroups"]),
    apiVersions: strings(json["apiVersions"]),
    operations: strings(json["operations"]),
    resources: strings(json["resources"]),
    resourceNames: strings(json["resourceNames"]),
    scope: typeof json["scope"] === "string" ? json["scope"] : "*",
  };
}

function strings(json: Json | undefined): readonly string[] {
  return Array.isArray(json) ? json.filter((one) => typeof one === "string") : [];
}
