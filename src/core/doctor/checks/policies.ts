import { nameOf, objectsAt, textAt } from "../../capacity/fields.ts";
import { WRITERS_POLICY } from "../../writers-policy.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, warning } from "../finding.ts";
import { isInstalled } from "../parts.ts";
import { known } from "../reading.ts";

const OURS = ".foresail.dev";

/** The policies the API server enforces by itself. */
export function policies(facts: Facts): readonly Finding[] {
  const found = known(facts.policies)?.filter((one) => nameOf(one).endsWith(OURS));
  const bindings = known(facts.bindings);
  if (found === undefined || bindings === undefined) return [];
  const bound = new Set(bindings.flatMap((one) => textAt(one, "spec", "policyName") ?? []));
  const names = found.map(nameOf).sort();
  return [
    ...(isInstalled(facts) === true ? [writers(names, bound)] : []),
    ...shipped(names, bound),
    ...found.filter((one) => errorsIn(one) !== "").map((one) => broken(nameOf(one), errorsIn(one))),
  ];
}

function writers(names: readonly string[], bound: ReadonlySet<string>): Finding {
  const id = "policies/writers";
  if (names.includes(WRITERS_POLICY) && bound.has(WRITERS_POLICY)) {
    return ok(id, "who writes a Workspace must be allowed to create the workload it becomes");
  }
  const missing = names.includes(WRITERS_POLICY) ? "ValidatingAdmissionPolicyBinding" : "ValidatingAdmissionPolicy";
  const next = "kubectl apply --server-side -f manifests/rbac/workspace-writers.yaml";
  return warning(
    id,
    `there is no ${missing} ${WRITERS_POLICY}: a Workspace may give its writer pods that they could not create`,
    next,
  );
}

function shipped(names: readonly string[], bound: ReadonlySet<string>): readonly Finding[] {
  const id = "policies/shipped";
  const own = names.filter((name) => name !== WRITERS_POLICY);
  if (own.length === 0)
    return [note(id, "no policy of policies/ is installed", "to bound sizes, prices or images: docs/policies.md")];
  const loose = own.filter((name) => !bound.has(name));
  const next = "kubectl apply --server-side -k policies/";
  return [
    note(id, `installed: ${own.join(", ")}`),
    ...(loose.length === 0 ? [] : [warning(id, `without a binding, so they judge nothing: ${loose.join(", ")}`, next)]),
  ];
}

function errorsIn(policy: object): string {
  return objectsAt(policy, "status", "typeChecking", "expressionWarnings")
    .flatMap((one) => textAt(one, "warning") ?? [])
    .join("; ");
}

function broken(name: string, errors: string): Finding {
  return warning(
    "policies/shipped",
    `the API server found an error in ${name}: ${errors}`,
    "kubectl apply --server-side -k policies/ of this version",
  );
}
