import { byCodePoint, type JsonObject } from "../json.ts";
import type { Binding, Policies, Policy } from "./policy.ts";
import { POLICY_API, type Problem, readPolicy } from "./read.ts";
import { readBinding } from "./read-binding.ts";

/** A problem, and the number of the object that has it. */
export interface CollectedProblem extends Problem {
  readonly at: number;
}

/** Whether an object is a policy or a binding. */
export function isPolicy({ apiVersion, kind }: JsonObject): boolean {
  return (
    apiVersion === POLICY_API && (kind === "ValidatingAdmissionPolicy" || kind === "ValidatingAdmissionPolicyBinding")
  );
}

/**
 * Policies and bindings among objects; all others may be parameters. Of two with one name the last counts, as when files are
 * applied in their order. Gives all problems, or the policies where there is none.
 */
export function collectPolicies(objects: readonly JsonObject[]): Policies | readonly CollectedProblem[] {
  const problems: CollectedProblem[] = [];
  const policies = new Map<string, Policy>();
  const bindings = new Map<string, Binding>();
  for (const [at, object] of objects.entries()) {
    if (!isPolicy(object)) continue;
    const read = object["kind"] === "ValidatingAdmissionPolicy" ? readPolicy(object) : readBinding(object);
    if ("length" in read) problems.push(...read.map((problem) => ({ ...problem, at })));
    else if ("policyName" in read) bindings.set(read.name, read);
    else policies.set(read.name, read);
  }
  if (problems.length > 0) return problems;
  return { policies: named(policies), bindings: named(bindings), parameters: objects.filter((one) => !isPolicy(one)) };
}

function named<T extends { readonly name: string }>(items: ReadonlyMap<string, T>): readonly T[] {
  return [...items.values()].sort((a, b) => byCodePoint(a.name, b.name));
}
