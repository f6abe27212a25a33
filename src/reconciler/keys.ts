import { objectsAt, textAt, textMapAt } from "../core/capacity/fields.ts";
import { KAITO_NAMESPACE_LABEL, OWNER_NAME_LABEL, OWNER_NAMESPACE_LABEL, SHARE_LABEL } from "../core/capacity/owner.ts";
import { WORKSPACE_LABEL } from "../core/children/metadata.ts";
import { configReference } from "../core/children/user-config.ts";
import type { Workspace } from "../core/kinds/workspace.ts";
import { isPresetPod, shareOfPresetPod } from "../core/preset-pod/preset-pod.ts";
import type { KubeObject } from "../kube/kube.ts";

/** namespace/name of a Workspace. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/**
 * Stands for the nodes of one share key, so that they are looked at when no Workspace uses them any more. No Workspace has
 * such a key: its namespace is empty.
 */
export function keyOfShare(share: string): string {
  return keyOf("", share);
}

export function partsOf(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The Workspace that a pod or a child belongs to, by its label. */
export function ownerOfChild(object: KubeObject): readonly string[] {
  const name = textMapAt(object, "metadata", "labels").get(WORKSPACE_LABEL);
  const { namespace } = object.metadata;
  return name === undefined || namespace === undefined ? [] : [keyOf(namespace, name)];
}

/** The Workspace that a claim or its node serves; none for shared ones. */
export function ownerOfClaim(object: KubeObject): readonly string[] {
  const labels = textMapAt(object, "metadata", "labels");
  const name = labels.get(OWNER_NAME_LABEL);
  const namespace = labels.get(OWNER_NAMESPACE_LABEL) ?? labels.get(KAITO_NAMESPACE_LABEL);
  return name === undefined || namespace === undefined ? [] : [keyOf(namespace, name)];
}

export function shareOfClaim(object: KubeObject): readonly string[] {
  const share = textMapAt(object, "metadata", "labels").get(SHARE_LABEL);
  return share === undefined ? [] : [share];
}

export function shareOfWorkspace(object: KubeObject): readonly string[] {
  const share = textAt(object, "expansion", "nodes", "share");
  return share === undefined ? [] : [share];
}

/** Under this one word all Workspaces are found that were refused something. */
export const REFUSED = "refused";

export function refusedOfWorkspace({ status }: KubeObject): readonly string[] {
  return objectsAt(status, "attempts").length === 0 ? [] : [REFUSED];
}

/** The share key of the nodes a pod that asks for a preset may use. */
export function shareOfPreset(pod: KubeObject): readonly string[] {
  return isPresetPod(pod) ? [shareOfPresetPod(pod, pod.metadata.namespace ?? "")] : [];
}

/** The Workspace by whose name the StatefulSet or Job of an event goes. */
export function regardedWorkload(event: KubeObject): readonly string[] {
  const kind = textAt(event, "regarding", "kind");
  const name = textAt(event, "regarding", "name");
  const namespace = textAt(event, "regarding", "namespace");
  if ((kind !== "StatefulSet" && kind !== "Job") || name === undefined || namespace === undefined) return [];
  return [keyOf(namespace, name)];
}

/** namespace/name of the ConfigMap a Workspace names. */
export function configOfWorkspace(object: KubeObject): readonly string[] {
  const reference = configReference(object as unknown as Workspace);
  const { namespace } = object.metadata;
  return reference === undefined || namespace === undefined ? [] : [keyOf(namespace, reference.name)];
}

export function keyOfObject(object: KubeObject): string {
  return keyOf(object.metadata.namespace ?? "", object.metadata.name);
}

export function nodeOfPod(object: KubeObject): readonly string[] {
  const node = textAt(object, "spec", "nodeName");
  return node === undefined || node === "" ? [] : [node];
}

export function nodeOfClaim(object: KubeObject): readonly string[] {
  const node = textAt(object, "status", "nodeName");
  return node === undefined || node === "" ? [] : [node];
}
