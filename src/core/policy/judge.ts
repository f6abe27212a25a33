import { trimSpace } from "./cel/go-text.ts";
import type { Scope } from "./cel/scope.ts";
import { matchedVersion } from "./match.ts";
import { denialMessage } from "./message.ts";
import { parametersOf } from "./parameters.ts";
import type { Action, Binding, Policies, Policy } from "./policy.ts";
import type { Request } from "./request.ts";
import { type Facts, factsOf, outcomeOf, scopesOf } from "./scope.ts";

/** One thing a policy says of a request by one of its bindings. */
export interface Verdict {
  readonly policy: string;
  readonly binding: string;
  /** What the binding asks for where the request is not allowed. */
  readonly actions: readonly Action[];
  /** What the API server writes after `denied request: `. */
  readonly denied?: { readonly message: string; readonly reason: string };
  /** Why nobody can say here. */
  readonly notJudged?: string;
  /** Nothing is said because no parameter is there; in a cluster there may be one. */
  readonly absent?: true;
}

type Said = Pick<Verdict, "denied" | "notJudged" | "absent">;

const UNREASONED = "Invalid";

/**
 * What ValidatingAdmissionPolicies say of a request, as the API server (1.36) decides it; nothing of those that do not match
 * or that allow it. Audit annotations are not looked at.
 */
export function judge(policies: Policies, request: Request): readonly Verdict[] {
  const byVersion = new Map<string, Facts>();
  return policies.policies.flatMap((policy) => {
    const version = matchedVersion(policy.match, request);
    if (version === undefined) return [];
    const facts = byVersion.get(version) ?? factsOf(request, version);
    byVersion.set(version, facts);
    const bindings = policies.bindings.filter(({ policyName }) => policyName === policy.name);
    return bindings.flatMap((binding) => byBinding(policy, binding, policies, request, facts));
  });
}

function byBinding(
  policy: Policy,
  binding: Binding,
  policies: Policies,
  request: Request,
  facts: Facts,
): readonly Verdict[] {
  if (binding.match !== undefined && matchedVersion(binding.match, request) === undefined) return [];
  const { name, actions } = binding;
  const parameters = parametersOf(policy, binding, policies, request);
  const said =
    "absent" in parameters
      ? withoutParameters(policy, parameters.denies)
      : parameters.with.flatMap((parameter) => judgedWith(policy, scopesOf(policy, facts, parameter)));
  return said.map((one) => ({ policy: policy.name, binding: name, actions, ...one }));
}

function withoutParameters(policy: Policy, denies: boolean): readonly Said[] {
  const missing = "no params found for policy binding with `Deny` parameterNotFoundAction";
  return denies ? failed(policy, `failed to configure binding: ${missing}`) : [{ absent: true }];
}

/** What an error comes to: it denies, or the policy is passed over. */
function failed({ failClosed }: Policy, message: string): readonly Said[] {
  return failClosed ? [{ denied: { message, reason: UNREASONED } }] : [];
}

function judgedWith(
  policy: Policy,
  scopes: { readonly conditions: Scope; readonly validations: Scope },
): readonly Said[] {
  const condition = conditionsOf(policy, scopes.conditions);
  if (condition !== "met") return condition;
  return policy.validations.flatMap(({ expression, ...texts }) => {
    const outcome = outcomeOf(expression, scopes.validations);
    if ("notJudged" in outcome) return [{ notJudged: outcome.notJudged }];
    if ("error" in outcome) return failed(policy, errorText(expression.text, outcome.error));
    if (outcome.value === true) return [];
    const message = denialMessage({ expression, ...texts }, scopes.validations);
    if (typeof message !== "string") return [message];
    return [{ denied: { message, reason: texts.reason } }];
  });
}

export function errorText(expression: string, error: string): string {
  return `expression '${expression}' resulted in error: ${error}`;
}

/** One false condition decides, even where another has an error or cannot be judged. */
function conditionsOf(policy: Policy, scope: Scope): "met" | readonly Said[] {
  const errors: string[] = [];
  const unknown: string[] = [];
  for (const condition of policy.conditions) {
    const outcome = outcomeOf(condition, scope);
    if ("value" in outcome && outcome.value === false) return [];
    if ("error" in outcome) errors.push(errorText(condition.text, outcome.error));
    if ("notJudged" in outcome) unknown.push(outcome.notJudged);
  }
  if (unknown[0] !== undefined) return [{ notJudged: unknown[0] }];
  if (errors.length === 0) return "met";
  return failed(
    policy,
    errors.length === 1 ? (errors[0] ?? "") : `[${[...new Set(errors)].map(trimSpace).join(", ")}]`,
  );
}
