import { randomUUID } from "node:crypto";

/** A create as the API server sends it; uid and name differ each time, so no answer can be remembered. ASCII only. */
export function reviewBody(): string {
  const uid = randomUUID();
  const name = `phi-${uid.slice(0, 13)}`;
  const object = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: {
      name,
      namespace: "team",
      uid: randomUUID(),
      creationTimestamp: "2026-11-22T12:00:00Z",
      generation: 1,
      labels: { "kustomize.toolkit.fluxcd.io/name": "models", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
      managedFields: [
        {
          manager: "kustomize-controller",
          operation: "Apply",
          apiVersion: "kaito.sh/v1beta1",
          time: "2026-11-22T12:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:inference": { "f:preset": { "f:name": {} } },
            "f:resource": { "f:instanceType": {}, "f:labelSelector": {} },
          },
        },
      ],
    },
    resource: { count: 1, instanceType: "Standard_NC24ads_A100_v4", labelSelector: { matchLabels: { app: name } } },
    inference: { preset: { name: "phi-4" } },
  };
  const kind = { group: "kaito.sh", version: "v1beta1", kind: "Workspace" };
  const resource = { group: "kaito.sh", version: "v1beta1", resource: "workspaces" };
  const userInfo = {
    username: "system:serviceaccount:flux-system:kustomize-controller",
    groups: ["system:serviceaccounts", "system:serviceaccounts:flux-system", "system:authenticated"],
  };
  const request = { uid, kind, resource, requestKind: kind, requestResource: resource, name, namespace: "team" };
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: { ...request, operation: "CREATE", userInfo, object, oldObject: null, dryRun: false, options: {} },
  });
}
