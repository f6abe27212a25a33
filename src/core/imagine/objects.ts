import { nameOf, namespaceOf, objectsAt, textAt, textMapAt } from "../capacity/fields.ts";
import { isObject, type JsonObject } from "../json.ts";

export function uidOf(object: JsonObject): string {
  return textAt(object, "metadata", "uid") ?? "";
}

export function isSameObject(one: JsonObject, other: JsonObject): boolean {
  return one["kind"] === other["kind"] && namespaceOf(one) === namespaceOf(other) && nameOf(one) === nameOf(other);
}

export function hasLabels(object: JsonObject, wanted: { readonly [label: string]: string }): boolean {
  const labels = textMapAt(object, "metadata", "labels");
  return Object.entries(wanted).every(([key, value]) => labels.get(key) === value);
}

/** Pods of a Deployment are owned by a ReplicaSet, whose name starts with the Deployment's. */
export function isPodOf(
  pod: JsonObject,
  target: { readonly kind: string; readonly namespace: string; readonly name: string },
): boolean {
  return (
    namespaceOf(pod) === target.namespace &&
    objectsAt(pod, "metadata", "ownerReferences").some(({ kind, name }) =>
      target.kind === "Deployment"
        ? kind === "ReplicaSet" && String(name).replace(/-[^-]+$/, "") === target.name
        : kind === target.kind && name === target.name,
    )
  );
}

/** Start of every UID that nobody has given yet. */
export const IMAGINED = "imagined-";

/** What somebody else would choose by chance, here always the same for the same object. */
export function imaginedUid(kind: string, namespace: string, name: string): string {
  return `${IMAGINED}${kind}-${namespace}-${name}`.toLowerCase();
}

/** The object with members laid over one of its maps. */
export function withMembers(object: JsonObject, member: string, changes: JsonObject): JsonObject {
  const present = object[member];
  return { ...object, [member]: { ...(isObject(present) ? present : {}), ...changes } };
}

/** The condition set to True, as of now. */
export function happened(type: string, nowMs: number): JsonObject {
  return { type, status: "True", reason: type, message: "", lastTransitionTime: new Date(nowMs).toISOString() };
}

/** Whether both lists hold the very same objects: nothing was changed. */
export function isUnchanged(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}
