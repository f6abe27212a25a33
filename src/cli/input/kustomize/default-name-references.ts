import type { FieldSpec } from "./field-path.ts";
import type { NameReference } from "./field-specs.ts";

/** Where kinds of Kubernetes hold names of others, as kustomize has it (builtinpluginconsts/namereference.go). */

const POD_PATHS: { readonly [kind: string]: string } = {
  Pod: "",
  PodTemplate: "template/",
  Deployment: "spec/template/",
  ReplicaSet: "spec/template/",
  DaemonSet: "spec/template/",
  StatefulSet: "spec/template/",
  Job: "spec/template/",
  CronJob: "spec/jobTemplate/spec/template/",
};
const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";

function inPods(paths: readonly string[]): readonly FieldSpec[] {
  return Object.entries(POD_PATHS).flatMap(([kind, way]) =>
    paths.map((path) => ({ path: `${way}spec/${path}`, kind, ...(kind === "Pod" && { version: "v1" }) })),
  );
}

function at(path: string, kinds: readonly string[], group?: string): readonly FieldSpec[] {
  return kinds.map((kind) => ({ path, kind, ...(group && { group }) }));
}

function inSpecs(path: string): readonly FieldSpec[] {
  return [
    ...at(`spec/${path}`, ["Pod"]),
    ...at(`spec/template/spec/${path}`, ["StatefulSet", "Deployment", "ReplicationController"]),
    ...at(`spec/jobTemplate/spec/template/spec/${path}`, ["CronJob"]),
    ...at(`spec/template/spec/${path}`, ["Job", "DaemonSet"]),
  ];
}

function envOf(what: "configMap" | "secret"): readonly string[] {
  return ["containers", "initContainers"].flatMap((list) => [
    `${list}/env/valueFrom/${what}KeyRef/name`,
    `${list}/envFrom/${what}Ref/name`,
  ]);
}

const scaleTarget = at("spec/scaleTargetRef/name", ["HorizontalPodAutoscaler"]);
const resourceNames = at("rules/resourceNames", ["Role", "ClusterRole"]);

export const nameReferences: readonly NameReference[] = [
  ...["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) => ({
    kind,
    fieldSpecs: scaleTarget,
  })),
  {
    kind: "ConfigMap",
    version: "v1",
    fieldSpecs: [
      ...inPods(["volumes/configMap/name", ...envOf("configMap"), "volumes/projected/sources/configMap/name"]),
      ...at("spec/configSource/configMap", ["Node"]),
      ...resourceNames,
      ...at("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", ["Ingress"]),
    ],
  },
  {
    kind: "Secret",
    version: "v1",
    fieldSpecs: [
      ...inPods([
        "volumes/secret/secretName",
        ...envOf("secret"),
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
      ]),
      ...at("spec/tls/secretName", ["Ingress"]),
      ...at("metadata/annotations/ingress.kubernetes.io\\/auth-secret", ["Ingress"]),
      ...at("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", ["Ingress"]),
      ...at("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret", ["Ingress"]),
      ...at("imagePullSecrets/name", ["ServiceAccount"]),
      ...["secretName", "adminSecretName", "userSecretName", "secretRef"].flatMap((key) =>
        at(`parameters/${key}`, ["StorageClass"]),
      ),
      ...resourceNames,
      {
        path: "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
        kind: "Service",
        group: "serving.knative.dev",
        version: "v1",
      },
      ...at("spec/azureFile/secretName", ["PersistentVolume"]),
    ],
  },
  {
    kind: "Service",
    version: "v1",
    fieldSpecs: [
      ...at("spec/serviceName", ["StatefulSet"], "apps"),
      ...[
        "spec/rules/http/paths/backend/serviceName",
        "spec/backend/serviceName",
        "spec/rules/http/paths/backend/service/name",
        "spec/defaultBackend/service/name",
      ].flatMap((path) => at(path, ["Ingress"])),
      ...at("spec/service/name", ["APIService"], "apiregistration.k8s.io"),
      ...at(
        "webhooks/clientConfig/service",
        ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
        ADMISSION,
      ),
    ],
  },
  { kind: "Role", group: RBAC, fieldSpecs: at("roleRef/name", ["RoleBinding"], RBAC) },
  { kind: "ClusterRole", group: RBAC, fieldSpecs: at("roleRef/name", ["RoleBinding", "ClusterRoleBinding"], RBAC) },
  {
    kind: "ServiceAccount",
    version: "v1",
    fieldSpecs: [...at("subjects", ["RoleBinding", "ClusterRoleBinding"], RBAC), ...inSpecs("serviceAccountName")],
  },
  {
    kind: "PersistentVolumeClaim",
    version: "v1",
    fieldSpecs: inSpecs("volumes/persistentVolumeClaim/claimName"),
  },
  {
    kind: "PersistentVolume",
    version: "v1",
    fieldSpecs: [...at("spec/volumeName", ["PersistentVolumeClaim"]), ...at("rules/resourceNames", ["ClusterRole"])],
  },
  {
    kind: "StorageClass",
    version: "v1",
    group: "storage.k8s.io",
    fieldSpecs: [
      ...at("spec/storageClassName", ["PersistentVolume", "PersistentVolumeClaim"]),
      ...at("spec/volumeClaimTemplates/spec/storageClassName", ["StatefulSet"]),
    ],
  },
  { kind: "PriorityClass", version: "v1", group: "scheduling.k8s.io", fieldSpecs: inSpecs("priorityClassName") },
  {
    kind: "ValidatingAdmissionPolicy",
    group: ADMISSION,
    fieldSpecs: at("spec/policyName", ["ValidatingAdmissionPolicyBinding"], ADMISSION),
  },
];
