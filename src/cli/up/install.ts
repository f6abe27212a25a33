import { isObject, type JsonObject } from "../../core/json.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  type Ref,
  type Resource,
  refOf,
  SERVICE_ACCOUNTS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from "../../kube/resources.ts";
import { apply, get, isKubeObject } from "../../kube/verbs.ts";
import { until } from "../../local/until.ts";
import { shippedObjects } from "../../shipped-objects.ts";

/** Field manager of everything `up` installs; `down --everything` recognises by it what it may remove. */
export const FIELD_MANAGER = "foresail-up";

const ESTABLISHED_TIMEOUT_MS = 30_000;
// Five seconds on an idle machine.
const NAMESPACE_GONE_TIMEOUT_MS = 120_000;
const rbac = (plural: string, kind: string, namespaced: boolean): Resource => {
  return { group: "rbac.authorization.k8s.io", version: "v1", plural, kind, namespaced };
};
const resources: readonly Resource[] = [
  NAMESPACES,
  SERVICE_ACCOUNTS,
  CUSTOM_RESOURCE_DEFINITIONS,
  rbac("clusterroles", "ClusterRole", false),
  rbac("clusterrolebindings", "ClusterRoleBinding", false),
  rbac("roles", "Role", true),
  rbac("rolebindings", "RoleBinding", true),
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
];

export interface Part {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What `up` installs beside the webhook configurations, in order: namespace, definitions, accounts, roles and their bound. */
export function foundation(): readonly Part[] {
  const files = [
    "namespace/namespace.yaml",
    "crds/workspaces.kaito.sh.yaml",
    "rbac/webhook.yaml",
    "rbac/reconciler.yaml",
    "rbac/workspaces.yaml",
    "rbac/workspace-writers.yaml",
  ];
  return files.flatMap(shippedObjects).map(part);
}

/** What the reconciler may do besides where it makes the machines itself. */
export function machineRights(): readonly Part[] {
  return shippedObjects("overlays/aks/machines.yaml").map(part);
}

/** Karpenter's Kind, for clusters where nobody brings it. */
export function nodeClaimDefinition(): Part {
  return part(shippedObjects("crds/nodeclaims/nodeclaims.karpenter.sh.yaml")[0] ?? {});
}

function part(object: JsonObject): Part {
  const resource = resources.find((one) => one.kind === object["kind"]);
  if (resource === undefined || !isKubeObject(object)) {
    throw new Error(`manifests hold a ${String(object["kind"])}, which up cannot install`);
  }
  return { resource, object };
}

/** Installs or updates what ships. An existing NodeClaim definition is never touched. Safe to repeat. */
export async function install(kube: Kube, { machines }: { readonly machines: boolean }): Promise<void> {
  await namespaceWhole(kube);
  const claims = nodeClaimDefinition();
  const present = await get(kube, refOf(claims.resource, claims.object));
  const rights = machines ? machineRights() : [];
  const definition = present === undefined || isOurs(present) ? [claims] : [];
  const parts = [...foundation(), ...rights, ...definition];
  for (const { resource, object } of parts) {
    await apply(kube, resource, object, { fieldManager: FIELD_MANAGER, force: true });
  }
  const definitions = parts.filter(({ resource }) => resource === CUSTOM_RESOURCE_DEFINITIONS);
  for (const { resource, object } of definitions) await established(kube, refOf(resource, object));
}

/** Whether `up` installed an object, as opposed to Karpenter's chart or a person. */
export function isOurs(object: KubeObject): boolean {
  const managers = object.metadata["managedFields"];
  return Array.isArray(managers) && managers.some((one) => isObject(one) && one["manager"] === FIELD_MANAGER);
}

/** What `down` has just taken away may still be going, and nothing can be made in a namespace that is. */
async function namespaceWhole(kube: Kube): Promise<void> {
  for (const { resource, object } of foundation().filter((one) => one.resource === NAMESPACES)) {
    const ref = refOf(resource, object);
    await until(`namespace ${ref.name}, which is being deleted, to be gone`, NAMESPACE_GONE_TIMEOUT_MS, async () => {
      return (await get(kube, ref))?.metadata["deletionTimestamp"] === undefined;
    });
  }
}

async function established(kube: Kube, ref: Ref): Promise<void> {
  await until(`${ref.name} to be served`, ESTABLISHED_TIMEOUT_MS, async () => {
    const status = (await get(kube, ref))?.["status"];
    const conditions = isObject(status) && Array.isArray(status["conditions"]) ? status["conditions"] : [];
    return conditions.some((one) => isObject(one) && one["type"] === "Established" && one["status"] === "True");
  });
}
