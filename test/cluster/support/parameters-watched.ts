import { apply } from "./cluster.ts";

/**
 * Has the API server watch ConfigMaps as parameters of policies for the rest of the run: with the last policy of a kind of
 * parameters it stops, and the next one finds none (measured with 1.36). The policy that stays matches nothing else.
 */
export async function keepParametersWatched(): Promise<void> {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const metadata = { name: "keeper" };
  const rule = { apiGroups: ["kaito.sh"], apiVersions: ["v1beta1"], operations: ["CREATE"], resources: ["workspaces"] };
  const matchConstraints = { objectSelector: { matchLabels: { canary: "keeper" } }, resourceRules: [rule] };
  const validations = [{ expression: "false", message: "keeper" }];
  await apply(
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, matchConstraints, validations },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: { policyName: "keeper", validationActions: ["Deny"] },
    },
  );
}
