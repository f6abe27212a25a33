import type { FollowEvent } from "./follow.ts";
import type { KubeObject } from "./kube.ts";

/** Values under which an object can be found; none keeps it out of the index. */
export type IndexFunction = (object: KubeObject) => readonly string[];

/** `before` is undefined for a new object, `after` for one that is gone. */
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

export function createCache(_options: CacheOptions = {}): Cache {
  throw new Error("not yet implemented");
}
