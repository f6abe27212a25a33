/** What kustomize's schema of Kubernetes 1.21 says of kinds: which are not namespaced, and which lists are merged by what keys. */

const CLUSTER_SCOPED: { readonly [group: string]: readonly string[] } = {
  "": ["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
  "admissionregistration.k8s.io": ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
  "apiextensions.k8s.io": ["CustomResourceDefinition"],
  "apiregistration.k8s.io": ["APIService"],
  "certificates.k8s.io": ["CertificateSigningRequest"],
  "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
  "networking.k8s.io": ["IngressClass"],
  "node.k8s.io": ["RuntimeClass"],
  policy: ["PodSecurityPolicy"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
};
const SCHEMA_VERSIONS = ["v1", "v1beta1"];

/** Whether objects of this kind certainly have no namespace. */
export function isClusterScoped(group: string, version: string, kind: string): boolean {
  const kinds = Object.hasOwn(CLUSTER_SCOPED, group) ? CLUSTER_SCOPED[group] : undefined;
  if (kinds?.includes(kind) !== true) return false;
  const versions =
    group === "" ? ["v1"] : group.startsWith("flowcontrol") || group === "policy" ? ["v1beta1"] : SCHEMA_VERSIONS;
  return versions.includes(version);
}

/** How the parts of an object are merged; a part that is not named is merged as plain JSON. */
export interface Schema {
  readonly fields?: { readonly [name: string]: Schema };
  /** A list whose items are merged by these keys; none: a set of plain values. */
  readonly mergeKeys?: readonly string[];
  readonly items?: Schema;
}

function keyed(mergeKeys: readonly string[], items: Schema = {}): Schema {
  return { mergeKeys, items };
}

const metadata: Schema = { fields: { finalizers: keyed([]), ownerReferences: keyed(["uid"]) } };
const conditions: Schema = { fields: { conditions: keyed(["type"]) } };
const ephemeralContainer: Schema = {
  fields: { env: keyed(["name"]), volumeDevices: keyed(["devicePath"]), volumeMounts: keyed(["mountPath"]) },
};
const container: Schema = { fields: { ...ephemeralContainer.fields, ports: keyed(["containerPort", "protocol"]) } };
const volume: Schema = { fields: { ephemeral: { fields: { volumeClaimTemplate: { fields: { metadata } } } } } };
const podSpec: Schema = {
  fields: {
    containers: keyed(["name"], container),
    ephemeralContainers: keyed(["name"], ephemeralContainer),
    hostAliases: keyed(["ip"]),
    imagePullSecrets: keyed(["name"]),
    initContainers: keyed(["name"], container),
    topologySpreadConstraints: keyed(["topologyKey", "whenUnsatisfiable"]),
    volumes: keyed(["name"], volume),
  },
};
const podTemplate: Schema = { fields: { metadata, spec: podSpec } };
const workload: Schema = { fields: { metadata, spec: { fields: { template: podTemplate } }, status: conditions } };
const jobTemplate: Schema = { fields: { metadata, spec: { fields: { template: podTemplate } } } };
const cronJob: Schema = { fields: { metadata, spec: { fields: { jobTemplate } } } };
const webhooks: Schema = { fields: { metadata, webhooks: keyed(["name"]) } };
const withConditions: Schema = { fields: { metadata, status: conditions } };
const csiNode: Schema = { fields: { metadata, spec: { fields: { drivers: keyed(["name"]) } } } };

const SCHEMAS: { readonly [apiVersionAndKind: string]: Schema } = {
  "apps/v1 DaemonSet": workload,
  "apps/v1 Deployment": workload,
  "apps/v1 ReplicaSet": workload,
  "apps/v1 StatefulSet": workload,
  "batch/v1 CronJob": cronJob,
  "batch/v1 Job": workload,
  "batch/v1beta1 CronJob": cronJob,
  "v1 ComponentStatus": { fields: { metadata, ...conditions.fields } },
  "v1 Namespace": withConditions,
  "v1 Node": {
    fields: {
      metadata,
      spec: { fields: { podCIDRs: keyed([]) } },
      status: { fields: { ...conditions.fields, addresses: keyed(["type"]) } },
    },
  },
  "v1 PersistentVolumeClaim": withConditions,
  "v1 Pod": {
    fields: { metadata, spec: podSpec, status: { fields: { ...conditions.fields, podIPs: keyed(["ip"]) } } },
  },
  "v1 PodTemplate": { fields: { metadata, template: podTemplate } },
  "v1 ReplicationController": workload,
  "v1 Service": { fields: { metadata, spec: { fields: { ports: keyed(["port", "protocol"]) } }, status: conditions } },
  "v1 ServiceAccount": { fields: { metadata, secrets: keyed(["name"]) } },
  ...perVersion(
    "admissionregistration.k8s.io",
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    webhooks,
  ),
  ...perVersion("apiregistration.k8s.io", ["APIService"], withConditions),
  ...perVersion("policy", ["PodDisruptionBudget"], withConditions),
  ...perVersion("storage.k8s.io", ["CSINode"], csiNode),
};

function perVersion(group: string, kinds: readonly string[], schema: Schema): { readonly [name: string]: Schema } {
  return Object.fromEntries(
    SCHEMA_VERSIONS.flatMap((version) => kinds.map((kind) => [`${group}/${version} ${kind}`, schema] as const)),
  );
}

/** Kinds of Kubernetes 1.21 whose lists are merged in metadata only. */
const PLAIN: { readonly [apiVersion: string]: readonly string[] } = {
  v1: ["Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolume", "ResourceQuota", "Secret"],
  "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
  "apiextensions.k8s.io/v1beta1": ["CustomResourceDefinition"],
  "apps/v1": ["ControllerRevision"],
  "autoscaling/v1": ["HorizontalPodAutoscaler", "Scale"],
  "autoscaling/v2beta1": ["HorizontalPodAutoscaler"],
  "autoscaling/v2beta2": ["HorizontalPodAutoscaler"],
  "certificates.k8s.io/v1": ["CertificateSigningRequest"],
  "coordination.k8s.io/v1": ["Lease"],
  "discovery.k8s.io/v1": ["EndpointSlice"],
  "extensions/v1beta1": ["Ingress"],
  "networking.k8s.io/v1": ["Ingress", "IngressClass", "NetworkPolicy"],
  "networking.k8s.io/v1beta1": ["Ingress", "IngressClass"],
  "node.k8s.io/v1": ["RuntimeClass"],
  "policy/v1beta1": ["PodSecurityPolicy"],
  "rbac.authorization.k8s.io/v1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "rbac.authorization.k8s.io/v1beta1": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "scheduling.k8s.io/v1": ["PriorityClass"],
  "storage.k8s.io/v1": ["CSIDriver", "StorageClass", "VolumeAttachment"],
};

/** How objects of this kind are merged; undefined for kinds that kustomize does not know: all their lists are replaced. */
export function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const name = `${apiVersion} ${kind}`;
  if (Object.hasOwn(SCHEMAS, name)) return SCHEMAS[name];
  const plain = Object.hasOwn(PLAIN, apiVersion) ? PLAIN[apiVersion] : undefined;
  return plain?.includes(kind) === true ? { fields: { metadata } } : undefined;
}
