import { isObject, type JsonObject } from "../json.ts";
import { readSelector } from "./label-selector.ts";
import type { Action, Binding, ParamRef } from "./policy.ts";
import { nameOf, type Problem } from "./read.ts";
import { readMatch } from "./read-match.ts";

const ACTIONS: readonly string[] = ["Deny", "Warn", "Audit"];

/** Reads a ValidatingAdmissionPolicyBinding. Gives all problems, or the binding where there is none. */
export function readBinding(object: JsonObject): Binding | readonly Problem[] {
  const { spec } = object;
  if (!isObject(spec)) return [{ path: "spec", message: "must be there" }];
  const { policyName, validationActions, matchResources, paramRef } = spec;
  const actions = Array.isArray(validationActions) ? validationActions.map(String) : [];
  const match = isObject(matchResources) ? readMatch(matchResources, "spec.matchResources") : undefined;
  const ref = isObject(paramRef) ? readParamRef(paramRef) : undefined;
  const named = typeof policyName === "string" && policyName !== "";
  const problems: readonly Problem[] = [
    ...(named ? [] : [{ path: "spec.policyName", message: "must name a policy" }]),
    ...actionProblems(actions),
    ...problemsOf(match),
    ...problemsOf(ref),
  ];
  if (problems.length > 0) return problems;
  return {
    name: nameOf(object),
    policyName: String(policyName),
    actions: actions as readonly string[] as readonly Action[],
    ...(isRead(match) && { match }),
    ...(isRead(ref) && { paramRef: ref }),
  };
}

function isRead<T extends object>(read: T | readonly Problem[] | undefined): read is T {
  return read !== undefined && !("length" in read);
}

function problemsOf(read: object | readonly Problem[] | undefined): readonly Problem[] {
  return Array.isArray(read) ? (read as readonly Problem[]) : [];
}

function actionProblems(actions: readonly string[]): readonly Problem[] {
  const path = "spec.validationActions";
  if (actions.length === 0) return [{ path, message: `must hold some of ${ACTIONS.join(", ")}` }];
  const unknown = actions.find((action) => !ACTIONS.includes(action));
  if (unknown !== undefined) return [{ path, message: `${unknown} is none of ${ACTIONS.join(", ")}` }];
  const both = actions.includes("Deny") && actions.includes("Warn");
  return both ? [{ path, message: "must not contain both Deny and Warn" }] : [];
}

function readParamRef(json: JsonObject): ParamRef | readonly Problem[] {
  const { name, namespace, selector, parameterNotFoundAction } = json;
  const read = selector === undefined ? undefined : readSelector(selector);
  const problems: readonly Problem[] = [
    ...(typeof read === "string" ? [{ path: "spec.paramRef.selector", message: read }] : []),
    ...((typeof name === "string") === (selector !== undefined)
      ? [{ path: "spec.paramRef", message: "must hold exactly one of name and selector" }]
      : []),
    ...(["Allow", "Deny"].includes(String(parameterNotFoundAction))
      ? []
      : [{ path: "spec.paramRef.parameterNotFoundAction", message: "must be Allow or Deny" }]),
  ];
  if (problems.length > 0 || typeof read === "string") return problems;
  return {
    ...(typeof name === "string" && { name }),
    ...(typeof namespace === "string" && { namespace }),
    ...(read !== undefined && { selector: read }),
    denyWhenAbsent: parameterNotFoundAction === "Deny",
  };
}
