import type { FollowEvent } from "./follow.ts";
import { createIndexes, type IndexFunction } from "./indexes.ts";

export type { IndexFunction };

import { key, keyOf, versionOf } from "./known.ts";
import type { KubeObject } from "./kube.ts";
import { compareVersions, isOlder } from "./resource-version.ts";
import { createTombstones } from "./tombstones.ts";

/** `before` is undefined for a new object, `after` for one that is gone. Another uid means that it was replaced in between. */
export type OnChange = (before: KubeObject | undefined, after: KubeObject | undefined) => void;

export interface CacheOptions {
  readonly indexes?: Readonly<Record<string, IndexFunction>>;
  readonly onChange?: OnChange;
}

/** The newest known state of one resource type: fed by `follow` and by our own writes, never going backwards. */
export interface Cache {
  readonly size: number;
  /** Resolves once the first list is in (`markSynced`, meant as follow's onSynced). */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** `namespace` undefined for cluster-wide objects. */
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  /** All, or those of one namespace; order of arrival. */
  list(namespace?: string): readonly KubeObject[];
  /** Throws RangeError for an index that was not given at construction. */
  byIndex(index: string, value: string): readonly KubeObject[];
  /** What follow's onEvent gets. */
  handle(event: FollowEvent): void;
  /** An object the API server returned for a write of ours: taken when newer than what is known. */
  wrote(object: KubeObject): void;
  /** A call of ours was told that this object is gone (404, or deleted for good). Later events of its uid are ignored. */
  forget(object: KubeObject): void;
  markSynced(): void;
}

/** An empty cache. The functions do not use `this`, so they can be passed on as they are. */
export function createCache(options: CacheOptions = {}): Cache {
  const { objects, indexes, put, drop } = createContents(options);
  const firstList = Promise.withResolvers<void>();
  let isSynced = false;
  return {
    get size() {
      return objects.size;
    },
    get isSynced() {
      return isSynced;
    },
    synced: firstList.promise,
    get: (namespace, name) => objects.get(key(namespace, name)),
    list: (namespace) => {
      const all = [...objects.values()];
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    byIndex: (index, value) => indexes.find(index, value),
    handle: ({ type, object, version }) => (type === "DELETED" ? drop(object, version) : put(object)),
    wrote: put,
    forget: (object) => {
      const known = objects.get(keyOf(object));
      if (known === undefined) drop(object, versionOf(object));
      else if (known.metadata.uid === object.metadata.uid) drop(known, versionOf(known));
    },
    markSynced: () => {
      isSynced = true;
      firstList.resolve();
    },
  };
}

/** The objects, and the only two ways to change them; both decide by version whether what they are told is news. */
function createContents({ indexes: functions = {}, onChange }: CacheOptions) {
  const objects = new Map<string, KubeObject>();
  const indexes = createIndexes(functions);
  const tombstones = createTombstones();

  function change(at: string, before: KubeObject | undefined, after: KubeObject | undefined): void {
    indexes.change(at, before, after);
    if (after === undefined) objects.delete(at);
    else objects.set(at, after);
    onChange?.(before, after);
  }

  function put(object: KubeObject): void {
    const at = keyOf(object);
    const before = objects.get(at);
    if (before === undefined && tombstones.covers(at, object)) return;
    if (before !== undefined && !isNewer(object, before)) return;
    change(at, before, object);
  }

  function drop(object: KubeObject, version: string): void {
    const at = keyOf(object);
    const before = objects.get(at);
    // Deleted before what we know was written: a late event, or a list from before our own write.
    if (before !== undefined && isOlder(version, versionOf(before))) return;
    tombstones.add(at, object, version);
    if (before !== undefined) change(at, before, undefined);
  }

  return { objects: objects as ReadonlyMap<string, KubeObject>, indexes, put, drop };
}

/** Versions that cannot be compared count as newer when they differ: the last word wins. */
function isNewer(object: KubeObject, known: KubeObject): boolean {
  const order = compareVersions(versionOf(object), versionOf(known));
  return order === undefined || order > 0;
}
