import type { FollowEvent } from "./follow.ts";
import type { KubeObject } from "./kube.ts";
import type { KubeList } from "./list.ts";

/** What a follower has told its handler so far, so that a new list can be told as the difference. */
export interface Known {
  readonly size: number;
  note(event: FollowEvent): void;
  /** What changed between what is known and this complete list: the vanished first, each with its last known state. */
  difference(list: KubeList): readonly FollowEvent[];
}

export function createKnown(): Known {
  const objects = new Map<string, KubeObject>();
  return {
    get size() {
      return objects.size;
    },
    note: ({ type, object }) => {
      if (type === "DELETED") objects.delete(keyOf(object));
      else objects.set(keyOf(object), object);
    },
    difference: (list) => differenceOf(objects, list),
  };
}

/** Identity of an object within its resource type. A slash cannot occur in either part. */
export function keyOf(object: KubeObject): string {
  return key(object.metadata.namespace, object.metadata.name);
}

export function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

export function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? "";
}

/** What turns what is known into this complete list: the vanished first, each with its last known state. */
export function differenceOf(before: ReadonlyMap<string, KubeObject>, list: KubeList): readonly FollowEvent[] {
  const gone = new Map(before);
  const removed: FollowEvent[] = [];
  const changed: FollowEvent[] = [];
  for (const object of list.items) {
    const known = before.get(keyOf(object));
    gone.delete(keyOf(object));
    const replaced = known !== undefined && known.metadata.uid !== object.metadata.uid;
    // Dated with the last version of the old object: that of the list would be newer than the object that took its place.
    if (replaced) removed.push({ type: "DELETED", object: known, version: versionOf(known) });
    if (known !== undefined && !replaced && versionOf(known) === versionOf(object)) continue;
    const type = known === undefined || replaced ? "ADDED" : "MODIFIED";
    changed.push({ type, object, version: versionOf(object) });
  }
  for (const object of gone.values()) removed.push({ type: "DELETED", object, version: list.resourceVersion });
  return [...removed, ...changed];
}
