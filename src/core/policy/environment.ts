import type { Declared } from "./cel/check.ts";
import { functions } from "./cel/libraries/all.ts";

const REQUEST = [
  "kind",
  "resource",
  "subResource",
  "requestKind",
  "requestResource",
  "requestSubResource",
  "name",
  "namespace",
  "operation",
  "userInfo",
  "dryRun",
  "options",
];

const ALWAYS = ["object", "oldObject", "request", "namespaceObject"];

/** The names an expression of a policy may use, as the API server declares them. */
export function declaredFor(options: {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Variables that are there already; undefined where none can be named. */
  readonly variables?: readonly string[];
}): Declared {
  const { params, authorizer, variables } = options;
  const names = [
    ...ALWAYS,
    ...(params ? ["params"] : []),
    ...(authorizer ? ["authorizer"] : []),
    ...(variables === undefined || variables.length === 0 ? [] : ["variables"]),
  ];
  return {
    names: new Set(names),
    functions,
    fields: new Map([
      ["request", new Set(REQUEST)],
      ["namespaceObject", new Set(["metadata", "spec", "status"])],
      ["variables", new Set(variables)],
    ]),
  };
}
