import { isObject, type JsonObject } from "../../../src/core/json.ts";
import type { ApiAnswer } from "../../../src/local/api.ts";
import { apply, cluster } from "../support/cluster.ts";

const GROUP = "rbac.authorization.k8s.io";

/** Gives a user one of Kubernetes' own roles (view, edit, admin) in a namespace, as platform teams do. */
export async function grantRole(place: string, user: string, role: string): Promise<void> {
  await apply(binding(place, user, { apiGroup: GROUP, kind: "ClusterRole", name: role }));
}

export interface Right {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Gives a user rights one by one, in a namespace. */
export async function grantRights(place: string, user: string, rules: readonly Right[]): Promise<void> {
  const metadata = { name: `rights-of-${nameOf(user)}`, namespace: place };
  const role = { apiVersion: `${GROUP}/v1`, kind: "Role", metadata, rules: rules as unknown as JsonObject[] };
  await apply(role, binding(place, user, { apiGroup: GROUP, kind: "Role", name: metadata.name }));
}

export const WORKSPACE_RIGHTS: Right = {
  apiGroups: ["kaito.sh"],
  resources: ["workspaces"],
  verbs: ["get", "list", "create", "update", "patch", "delete"],
};

function binding(place: string, user: string, roleRef: JsonObject): JsonObject {
  const metadata = { name: `${String(roleRef["name"])}-for-${nameOf(user)}`, namespace: place };
  const subjects = [{ apiGroup: GROUP, kind: "User", name: user }];
  return { apiVersion: `${GROUP}/v1`, kind: "RoleBinding", metadata, roleRef, subjects };
}

const nameOf = (user: string): string => user.replace(/@.*/, "");

/** What the API server says to a user: the status, and its words. */
export interface Said {
  readonly status: number;
  readonly message: string;
}

export const said = ({ status, body }: ApiAnswer): Said => ({
  status,
  message: isObject(body) ? String(body["message"]) : "",
});

export async function createAs(as: string, path: string, body: JsonObject): Promise<Said> {
  return said(await cluster().api.call({ method: "POST", path, body, as }));
}

export async function patchAs(as: string, path: string, body: JsonObject): Promise<Said> {
  return said(await cluster().api.call({ method: "PATCH", path, body, as }));
}
