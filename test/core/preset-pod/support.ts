import type { JsonObject } from "../../../src/core/json.ts";

export const A100 = "Standard_NC24ads_A100_v4";
export const NAMESPACE = "models";

export interface Asked {
  readonly preset?: string;
  readonly annotations?: { readonly [name: string]: string };
  readonly container?: JsonObject;
  readonly spec?: JsonObject;
  readonly owner?: string;
}

/** A pod as its ReplicaSet sends it, with what the API server has written by the time admission sees it. */
export function presetPod({
  preset = "phi-4",
  annotations,
  container = {},
  spec = {},
  owner = "rs-uid",
}: Asked = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "phi-7d9c-",
      namespace: NAMESPACE,
      labels: { app: "phi", "foresail.dev/preset": preset },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "phi-7d9c", uid: owner, controller: true }],
    },
    spec: {
      containers: [
        {
          name: "web",
          image: "auto",
          imagePullPolicy: "Always",
          resources: {},
          terminationMessagePath: "/dev/log",
          ...container,
        },
      ],
      dnsPolicy: "ClusterFirst",
      enableServiceLinks: true,
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      schedulingGates: [{ name: "foresail.dev/expand" }],
      securityContext: {},
      serviceAccountName: "default",
      terminationGracePeriodSeconds: 30,
      ...spec,
    },
  };
}

/** The review in which a pod is created. */
export function podReview(pod: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "review-1",
      kind: { group: "", version: "v1", kind: "Pod" },
      operation: "CREATE",
      namespace: NAMESPACE,
      object: pod,
      ...more,
    },
  };
}
