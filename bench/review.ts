import { randomUUID } from "node:crypto";

/**
 * A create as the API server sends it, about 2 KB and ASCII only. `{{uid}}`, `{{name}}` and `{{input}}` are to be replaced, so
 * that no two reviews are the same: the last is a number that stands in a label of the selector, which is an input.
 */
export function reviewTemplate(): string {
  const labels = {
    "kustomize.toolkit.fluxcd.io/name": "models",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  };
  const object = {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: {
      name: "{{name}}",
      namespace: "team",
      uid: "{{uid}}",
      creationTimestamp: "2026-11-22T12:00:00Z",
      generation: 1,
      labels,
      annotations: {
        "foresail.dev/capacity-type": "on-demand",
        "foresail.dev/max-hourly-price": "10",
        "team.example.com/owner":
          "Search, room 4.12; asks for a context of 16,384 tokens and answers within two seconds",
      },
      managedFields: [
        {
          manager: "kustomize-controller",
          operation: "Apply",
          apiVersion: "kaito.sh/v1beta1",
          time: "2026-11-22T12:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": {
              "f:annotations": {
                "f:foresail.dev/capacity-type": {},
                "f:foresail.dev/max-hourly-price": {},
                "f:team.example.com/owner": {},
              },
              "f:labels": {
                "f:kustomize.toolkit.fluxcd.io/name": {},
                "f:kustomize.toolkit.fluxcd.io/namespace": {},
              },
            },
            "f:inference": { "f:preset": { "f:name": {} } },
            "f:resource": { "f:count": {}, "f:instanceType": {}, "f:labelSelector": {} },
          },
        },
      ],
    },
    resource: {
      count: 1,
      instanceType: "Standard_NC24ads_A100_v4",
      labelSelector: { matchLabels: { app: "{{name}}", rack: "r{{input}}" } },
    },
    inference: { preset: { name: "phi-4" } },
  };
  const kind = { group: "kaito.sh", version: "v1beta1", kind: "Workspace" };
  const resource = { group: "kaito.sh", version: "v1beta1", resource: "workspaces" };
  const userInfo = {
    username: "system:serviceaccount:flux-system:kustomize-controller",
    groups: ["system:serviceaccounts", "system:serviceaccounts:flux-system", "system:authenticated"],
  };
  const request = { uid: "{{uid}}", kind, resource, requestKind: kind, requestResource: resource };
  const place = { name: "{{name}}", namespace: "team", operation: "CREATE", userInfo };
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: { ...request, ...place, object, oldObject: null, dryRun: false, options: {} },
  });
}

const template = reviewTemplate();

/** One review of the template; differs in each call. */
export function reviewBody(): string {
  const uid = randomUUID();
  return template
    .replaceAll("{{uid}}", uid)
    .replaceAll("{{name}}", `phi-${uid.slice(0, 13)}`)
    .replaceAll("{{input}}", String(Number.parseInt(uid.slice(-6), 16)));
}
