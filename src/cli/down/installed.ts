import type { Kube, KubeObject } from "../../kube/kube.ts";
import { listIfServed } from "../../kube/list.ts";
import {
  DEPLOYMENTS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  NAMESPACES,
  type Resource,
  refOf,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../kube/resources.ts";
import { remove } from "../../kube/verbs.ts";

/** Of everything that `manifests/` installs, but the definitions: those are nobody's alone. */
const OURS = "app.kubernetes.io/part-of=foresail";

const admission = (plural: string, kind: string): Resource => {
  return { group: "admissionregistration.k8s.io", version: "v1", plural, kind, namespaced: false };
};
const rights = (plural: string, kind: string, namespaced: boolean): Resource => {
  return { group: "rbac.authorization.k8s.io", version: "v1", plural, kind, namespaced };
};

/** In the order they go: nobody is called, nobody works, nobody may, and then the room itself. */
export const CONFIGURATIONS: readonly Resource[] = [MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS];
export const PROCESSES: readonly Resource[] = [DEPLOYMENTS];
export const REST: readonly Resource[] = [
  admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
  admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
  rights("clusterrolebindings", "ClusterRoleBinding", false),
  rights("clusterroles", "ClusterRole", false),
  rights("rolebindings", "RoleBinding", true),
  rights("roles", "Role", true),
  NAMESPACES,
];

export interface Installed {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What of these kinds is installed, wherever; a kind that the server does not serve is not. */
export async function readInstalled(kube: Kube, resources: readonly Resource[]): Promise<readonly Installed[]> {
  const found = await Promise.all(
    resources.map(async (resource) => {
      const items = await listIfServed(kube, resource, { labelSelector: OURS });
      return items.map((object): Installed => ({ resource, object }));
    }),
  );
  return found.flat();
}

/** Asks for the deletion of each, and gives a line for each that was there. */
export async function removeInstalled(kube: Kube, parts: readonly Installed[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { resource, object } of parts) {
    if (await remove(kube, refOf(resource, object))) lines.push(`removed ${nameFor({ resource, object })}`);
  }
  return lines;
}

function nameFor({ resource, object }: Installed): string {
  const { namespace, name } = object.metadata;
  return `${resource.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
