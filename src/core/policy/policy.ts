import type { JsonObject } from "../json.ts";
import type { Program } from "./cel/program.ts";
import type { LabelSelector } from "./label-selector.ts";

/** One expression of a policy: a program, or why this engine has none of it. */
export type Expression = { readonly text: string } & ({ readonly program: Program } | { readonly notJudged: string });

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly scope: string;
}

/** matchConstraints of a policy and matchResources of a binding. */
export interface Match {
  readonly rules: readonly ResourceRule[];
  readonly excluded: readonly ResourceRule[];
  readonly equivalent: boolean;
  readonly objects: LabelSelector;
  readonly namespaces: LabelSelector;
}

export interface Validation {
  readonly expression: Expression;
  readonly message: string;
  readonly messageExpression?: Expression;
  readonly reason: string;
}

/** A ValidatingAdmissionPolicy as it is judged by. */
export interface Policy {
  readonly name: string;
  /** Whether an error denies. */
  readonly failClosed: boolean;
  readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
  readonly match: Match;
  readonly conditions: readonly Expression[];
  readonly variables: readonly { readonly name: string; readonly expression: Expression }[];
  readonly validations: readonly Validation[];
}

export type Action = "Deny" | "Warn" | "Audit";

export interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelector;
  /** Whether the absence of parameters denies. */
  readonly denyWhenAbsent: boolean;
}

/** A ValidatingAdmissionPolicyBinding. */
export interface Binding {
  readonly name: string;
  readonly policyName: string;
  readonly actions: readonly Action[];
  readonly match?: Match;
  readonly paramRef?: ParamRef;
}

/** All that decides, in the order of names. */
export interface Policies {
  readonly policies: readonly Policy[];
  readonly bindings: readonly Binding[];
  /** Objects that may be parameters. */
  readonly parameters: readonly JsonObject[];
}

export const noPolicies: Policies = { policies: [], bindings: [], parameters: [] };
