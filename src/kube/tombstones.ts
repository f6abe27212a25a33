import type { KubeObject } from "./kube.ts";
import { compareVersions } from "./resource-version.ts";

/** Remembers deletions, so that a late event of before does not bring a deleted object back. */
export interface Tombstones {
  add(key: string, object: KubeObject, version: string): void;
  /** True when the object is from before its deletion, or is the deleted one itself: a uid never returns. */
  covers(key: string, object: KubeObject): boolean;
}

// Late events are seconds late. 10 000 names cover a burst of deletions and take about 2 MB.
const MAX_TOMBSTONES = 10_000;

export function createTombstones(): Tombstones {
  const dead = new Map<string, { readonly uid: string | undefined; readonly version: string }>();
  return {
    add: (key, object, version) => {
      const known = dead.get(key);
      if (known !== undefined && isAtMost(version, known.version)) return;
      dead.delete(key); // so that it counts as the youngest
      dead.set(key, { uid: object.metadata.uid, version });
      if (dead.size <= MAX_TOMBSTONES) return;
      const [oldest] = dead.keys();
      if (oldest !== undefined) dead.delete(oldest);
    },
    covers: (key, object) => {
      const grave = dead.get(key);
      if (grave === undefined) return false;
      const { uid, resourceVersion } = object.metadata;
      return (uid !== undefined && uid === grave.uid) || isAtMost(resourceVersion, grave.version);
    },
  };
}

function isAtMost(version: string | undefined, limit: string): boolean {
  const order = compareVersions(version, limit);
  return order !== undefined && order <= 0;
}
