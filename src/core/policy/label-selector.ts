import { isObject, type Json, type JsonObject } from "../json.ts";

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

export type LabelSelector = readonly Requirement[];

export type Labels = { readonly [key: string]: Json | undefined };

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Reads a LabelSelector; a text where it is none. Absent or empty selects everything. */
export function readSelector(json: Json | undefined): LabelSelector | string {
  if (json === undefined || json === null) return [];
  if (!isObject(json)) return "must be a label selector";
  const labels = isObject(json["matchLabels"]) ? json["matchLabels"] : {};
  const expressions = Array.isArray(json["matchExpressions"]) ? json["matchExpressions"].filter(isObject) : [];
  const equal = Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [String(value)] }));
  const stated = expressions.map(requirement);
  const unknown = stated.find(({ operator }) => !OPERATORS.includes(operator));
  return unknown === undefined
    ? [...equal, ...stated]
    : `operator ${unknown.operator} is none of ${OPERATORS.join(", ")}`;
}

function requirement({ key, operator, values }: JsonObject): Requirement {
  return { key: String(key), operator: String(operator), values: Array.isArray(values) ? values.map(String) : [] };
}

/** As labels.Selector: a label that is not there is NotIn everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    const among = value !== undefined && values.includes(String(value));
    return operator === "In" ? among : !among;
  });
}
