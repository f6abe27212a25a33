import { inputAnnotations } from "./inputs.ts";
import type { JsonObject } from "./json.ts";
import { WORKSPACE_GROUPS, WORKSPACE_VERSION, workspaceKind } from "./kinds/workspace.ts";
import { matchConditions } from "./webhook-configuration.ts";

export const WRITERS_POLICY = "workspace-writers.foresail.dev";
const labels = { "app.kubernetes.io/name": "foresail-webhook", "app.kubernetes.io/part-of": "foresail" };
const API_VERSION = "admissionregistration.k8s.io/v1";

/**
 * Who writes a Workspace must be allowed to create the workload it becomes, in its namespace: then whatever runs is a pod
 * this user could have made without us. The API server asks its own authorizer, so the bound holds while no webhook
 * answers, and admission still needs nobody. Judged is whatever the webhook would be asked about, inputs included: those
 * that are written while it is away are expanded later, at somebody else's write.
 */
export function writersPolicy(): readonly [JsonObject, JsonObject] {
  const policy = {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: WRITERS_POLICY, labels },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [
          {
            apiGroups: WORKSPACE_GROUPS,
            apiVersions: [WORKSPACE_VERSION],
            operations: ["CREATE", "UPDATE"],
            resources: [workspaceKind.plural],
            scope: "Namespaced",
          },
        ],
      },
      matchConditions: matchConditions(inputAnnotations),
      // Each in an expression of its own: the API server lets one ask for two rights at most.
      validations: [
        validation("inference", "serves from Deployments and StatefulSets", [
          ["apps", "deployments"],
          ["apps", "statefulsets"],
        ]),
        validation("tuning", "trains in a Job", [["batch", "jobs"]]),
      ],
    },
  };
  const binding = {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: WRITERS_POLICY, labels },
    spec: { policyName: WRITERS_POLICY, validationActions: ["Deny"] },
  };
  return [policy, binding];
}

function validation(field: string, becomes: string, workloads: readonly (readonly [string, string])[]): JsonObject {
  const allowed = workloads.map(
    ([group, resource]) =>
      `authorizer.group('${group}').resource('${resource}').namespace(request.namespace).check('create').allowed()`,
  );
  const text = ` may not create these in namespace ' + request.namespace + ', and gains no pod by a Workspace: ask for the role edit there`;
  return {
    expression: `!has(object.${field}) || (${allowed.join(" && ")})`,
    reason: "Forbidden",
    messageExpression: `'${field}: Workspace ' + object.metadata.name + ' ${becomes}; ' + request.userInfo.username + '${text}'`,
  };
}
