import type { KubeObject } from "./kube.ts";

/** What is needed to address one resource type; plain data instead of discovery calls. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Listing or watching is refused here already: nobody of ours needs more than one named Secret. */
  readonly byNameOnly?: true;
}

/** One object, or one of its subresources. */
export interface Ref {
  readonly resource: Resource;
  /** Required for a namespaced resource, absent for others. */
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: "status" | "scale" | "token" | "eviction" | "log";
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}

function clusterWide(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: false };
}

/** A Workspace in KAITO's group, and in ours. */
export const WORKSPACES = namespaced("kaito.sh", "v1beta1", "workspaces", "Workspace");
export const FORESAIL_WORKSPACES: Resource = { ...WORKSPACES, group: "foresail.dev" };
export const NODE_POOLS = clusterWide("karpenter.sh", "v1", "nodepools", "NodePool");
export const NODE_CLAIMS = clusterWide("karpenter.sh", "v1", "nodeclaims", "NodeClaim");

export const PODS = namespaced("", "v1", "pods", "Pod");
export const SERVICES = namespaced("", "v1", "services", "Service");
export const CONFIG_MAPS = namespaced("", "v1", "configmaps", "ConfigMap");
export const SERVICE_ACCOUNTS = namespaced("", "v1", "serviceaccounts", "ServiceAccount");
export const SECRETS: Resource = { ...namespaced("", "v1", "secrets", "Secret"), byNameOnly: true };
export const NODES = clusterWide("", "v1", "nodes", "Node");
export const NAMESPACES = clusterWide("", "v1", "namespaces", "Namespace");
export const EVENTS = namespaced("events.k8s.io", "v1", "events", "Event");

export const DEPLOYMENTS = namespaced("apps", "v1", "deployments", "Deployment");
export const STATEFUL_SETS = namespaced("apps", "v1", "statefulsets", "StatefulSet");
export const DAEMON_SETS = namespaced("apps", "v1", "daemonsets", "DaemonSet");
export const JOBS = namespaced("batch", "v1", "jobs", "Job");
export const NETWORK_POLICIES = namespaced("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy");
export const PERSISTENT_VOLUME_CLAIMS = namespaced("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim");
export const PERSISTENT_VOLUMES = clusterWide("", "v1", "persistentvolumes", "PersistentVolume");
export const STORAGE_CLASSES = clusterWide("storage.k8s.io", "v1", "storageclasses", "StorageClass");
export const VOLUME_ATTACHMENTS = clusterWide("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment");
export const LEASES = namespaced("coordination.k8s.io", "v1", "leases", "Lease");

export const CUSTOM_RESOURCE_DEFINITIONS = clusterWide(
  "apiextensions.k8s.io",
  "v1",
  "customresourcedefinitions",
  "CustomResourceDefinition",
);
export const MUTATING_WEBHOOK_CONFIGURATIONS = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
);
export const VALIDATING_WEBHOOK_CONFIGURATIONS = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
);
export const VALIDATING_ADMISSION_POLICIES = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "validatingadmissionpolicies",
  "ValidatingAdmissionPolicy",
);
export const VALIDATING_ADMISSION_POLICY_BINDINGS = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "validatingadmissionpolicybindings",
  "ValidatingAdmissionPolicyBinding",
);

/** `v1`, `apps/v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** Path of the collection: of one namespace, or of all when `namespace` is absent. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (namespace === undefined) return `${root}/${resource.plural}`;
  if (!resource.namespaced) {
    throw new TypeError(`${resource.plural} are not namespaced, but namespace "${namespace}" was given: leave it out`);
  }
  return `${root}/namespaces/${segment(namespace, "namespace")}/${resource.plural}`;
}

/** Path of one object or subresource. Throws TypeError for an empty name: that path would mean the whole collection. */
export function pathOf(ref: Ref): string {
  const { resource, namespace, name, subresource } = ref;
  if (resource.namespaced && namespace === undefined) {
    throw new TypeError(`${resource.plural} "${name}": the resource is namespaced and no namespace was given`);
  }
  const path = `${collectionPath(resource, namespace)}/${segment(name, "name")}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The definition of a resource that a cluster need not have. */
export function definitionRef({ plural, group }: Resource): Ref {
  return { resource: CUSTOM_RESOURCE_DEFINITIONS, name: `${plural}.${group}` };
}

/** The Ref of an object in hand. */
export function refOf(resource: Resource, object: KubeObject): Ref {
  const { name, namespace } = object.metadata;
  return resource.namespaced && namespace !== undefined ? { resource, namespace, name } : { resource, name };
}

function segment(value: string, what: string): string {
  if (typeof value !== "string" || value === "" || value === "." || value === ".." || value.includes("/")) {
    throw new TypeError(
      `${what} ${JSON.stringify(value)} cannot be part of an API path: give a non-empty name without "/"`,
    );
  }
  return encodeURIComponent(value);
}
