import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Declared } from "./cel/check.ts";
import { compile } from "./cel/program.ts";
import { typeOf } from "./cel/static-type.ts";
import { declaredFor } from "./environment.ts";
import type { Expression, Policy, Validation } from "./policy.ts";
import { readMatch } from "./read-match.ts";

/** What is wrong with a policy or a binding: the API server would not store it. */
export interface Problem {
  /** Field path: `spec.validations[0].expression`. */
  readonly path: string;
  readonly message: string;
}

export const POLICY_API = "admissionregistration.k8s.io/v1";

interface Reading {
  readonly problems: Problem[];
  readonly params: boolean;
}

/** Reads a ValidatingAdmissionPolicy. Gives all problems, or the policy where there is none. */
export function readPolicy(object: JsonObject): Policy | readonly Problem[] {
  const { spec } = object;
  if (!isObject(spec)) return [{ path: "spec", message: "must be there" }];
  const { paramKind } = spec;
  const reading: Reading = { problems: [], params: isObject(paramKind) };
  const match = readMatch(isObject(spec["matchConstraints"]) ? spec["matchConstraints"] : {}, "spec.matchConstraints");
  const conditions = each(spec["matchConditions"], "spec.matchConditions", reading).map(({ item, path }) =>
    expression(
      item["expression"],
      `${path}.expression`,
      declaredFor({ ...reading, authorizer: true }),
      "bool",
      reading,
    ),
  );
  const variables = readVariables(spec["variables"], reading);
  const names = variables.map(({ name }) => name);
  const validations = each(spec["validations"], "spec.validations", reading).map(({ item, path }) =>
    validation(item, path, names, reading),
  );
  if (validations.length === 0 && !Array.isArray(spec["auditAnnotations"])) {
    reading.problems.push({ path: "spec.validations", message: "must hold at least one validation" });
  }
  if ("length" in match) return [...reading.problems, ...match];
  if (match.rules.length === 0) {
    reading.problems.push({ path: "spec.matchConstraints", message: "must hold resourceRules" });
  }
  const { failurePolicy = "Fail" } = spec;
  if (failurePolicy !== "Fail" && failurePolicy !== "Ignore") {
    reading.problems.push({ path: "spec.failurePolicy", message: "must be Fail or Ignore" });
  }
  if (reading.problems.length > 0) return reading.problems;
  return {
    name: nameOf(object),
    failClosed: failurePolicy !== "Ignore",
    ...(isObject(paramKind) && {
      paramKind: { apiVersion: String(paramKind["apiVersion"]), kind: String(paramKind["kind"]) },
    }),
    match,
    conditions,
    variables,
    validations,
  };
}

export function nameOf({ metadata }: JsonObject): string {
  return isObject(metadata) && typeof metadata["name"] === "string" ? metadata["name"] : "";
}

/** A variable may use those before it. */
function readVariables(json: Json | undefined, reading: Reading): Policy["variables"] {
  const names: string[] = [];
  return each(json, "spec.variables", reading).map(({ item, path }) => {
    const declared = declaredFor({ ...reading, authorizer: true, variables: [...names] });
    const name = String(item["name"]);
    names.push(name);
    return { name, expression: expression(item["expression"], `${path}.expression`, declared, undefined, reading) };
  });
}

const REASONS: readonly unknown[] = ["Forbidden", "Invalid", "RequestEntityTooLarge", undefined];

function validation(item: JsonObject, path: string, variables: readonly string[], reading: Reading): Validation {
  const { message, messageExpression, reason } = item;
  if (!REASONS.includes(reason)) {
    reading.problems.push({ path: `${path}.reason`, message: `must be one of ${REASONS.slice(0, -1).join(", ")}` });
  }
  const check = declaredFor({ ...reading, authorizer: true, variables });
  // The text of a denial cannot ask the authorizer.
  const text = declaredFor({ ...reading, authorizer: false, variables });
  return {
    expression: expression(item["expression"], `${path}.expression`, check, "bool", reading),
    message: typeof message === "string" ? message : "",
    ...(messageExpression !== undefined && {
      messageExpression: expression(messageExpression, `${path}.messageExpression`, text, "string", reading),
    }),
    reason: typeof reason === "string" ? reason : "Invalid",
  };
}

function expression(
  json: Json | undefined,
  path: string,
  declared: Declared,
  type: string | undefined,
  { problems }: Reading,
): Expression {
  const text = typeof json === "string" ? json : "";
  const compiled = text.trim() === "" ? { broken: "must be an expression" } : compile(text, declared);
  if ("notJudged" in compiled) return { text, notJudged: compiled.notJudged };
  if ("broken" in compiled) {
    problems.push({ path, message: compiled.broken });
    return { text, notJudged: compiled.broken };
  }
  const made = typeOf(compiled.root);
  if (type !== undefined && made !== undefined && made !== type) {
    problems.push({ path, message: `must evaluate to ${type} but got ${made}` });
  }
  return { text, program: compiled };
}

interface Item {
  readonly item: JsonObject;
  readonly path: string;
}

function each(json: Json | undefined, path: string, { problems }: Reading): readonly Item[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) {
    problems.push({ path, message: "must be a list" });
    return [];
  }
  return json.filter(isObject).map((item, i) => ({ item, path: `${path}[${i}]` }));
}
