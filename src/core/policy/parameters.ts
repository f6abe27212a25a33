import { isObject, type JsonObject } from "../json.ts";
import { selects } from "./label-selector.ts";
import type { Binding, Policies, Policy } from "./policy.ts";
import { nameOf } from "./read.ts";
import { labelsOf, type Request } from "./request.ts";

/** The parameters a policy is judged with by a binding: once with each. */
export type Parameters =
  | { readonly with: readonly (JsonObject | null)[] }
  /** None is there: whether that denies. */
  | { readonly absent: true; readonly denies: boolean };

/**
 * As CollectParams of the API server. An object that states no namespace stands for one in any: files often leave it to
 * whoever applies them.
 */
export function parametersOf(policy: Policy, binding: Binding, { parameters }: Policies, request: Request): Parameters {
  const { paramKind } = policy;
  const { paramRef } = binding;
  if (paramKind === undefined || paramRef === undefined) return { with: [null] };
  const space = paramRef.namespace ?? request.namespace;
  const found = parameters.filter(
    (object) =>
      object["apiVersion"] === paramKind.apiVersion &&
      object["kind"] === paramKind.kind &&
      [undefined, space].includes(namespaceOf(object)) &&
      (paramRef.name === undefined || nameOf(object) === paramRef.name) &&
      (paramRef.selector === undefined || selects(paramRef.selector, labelsOf(object))),
  );
  // Of two files with one name the later is what is applied in the end.
  const used = paramRef.name === undefined ? found : found.slice(-1);
  return used.length > 0 ? { with: used } : { absent: true, denies: paramRef.denyWhenAbsent };
}

function namespaceOf({ metadata }: JsonObject): string | undefined {
  const namespace = isObject(metadata) ? metadata["namespace"] : undefined;
  return typeof namespace === "string" ? namespace : undefined;
}
