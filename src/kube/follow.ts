import type { Clock } from "./clock.ts";
import type { Kube, KubeObject } from "./kube.ts";
import { refuseByNameOnly } from "./list.ts";
import { ListWatch } from "./list-watch.ts";
import type { Resource } from "./resources.ts";

/**
 * One change. ADDED and MODIFIED mean the same to a level-triggered reader; events can repeat and, after a reconnect, be
 * older than what is already known (Cache sorts that out). DELETED carries the last known object.
 */
export interface FollowEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
  /** resourceVersion of the change; of the list, for an object a list no longer holds. */
  readonly version: string;
}

export interface FollowOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of each object, by the follower and for the handler. Default: all of it. */
  readonly keep?: (object: KubeObject) => KubeObject;
  /** Awaited if it returns a promise, so a slow handler slows the stream. What it throws goes to onError. */
  readonly onEvent: (event: FollowEvent) => void | Promise<void>;
  /**
   * For a kind that a cluster need not have. Asked when the server says that it does not serve it, which a server that has
   * just started says of kinds it will serve: true makes that an empty list, looked at again every half minute.
   */
  readonly isAbsent?: () => Promise<boolean>;
  /** After the handler has seen the whole first list. */
  readonly onSynced?: () => void;
  /** Every failure, also the handler's; the follower goes on. */
  readonly onError?: (error: Error) => void;
  /** Ends the follower. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly timing?: Partial<FollowTiming>;
}

export interface FollowTiming {
  /** Asked of the server for each watch; spread by up to as much again. */
  readonly watchTimeoutMs: number;
  /** A watch without a byte for this long is taken for dead. */
  readonly idleMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly pageSize: number;
  /** Between looks for a kind that the cluster does not have. */
  readonly absentMs: number;
  /** A larger object is reported and skipped. */
  readonly maxObjectBytes: number;
}

export interface FollowHealth {
  readonly state: "listing" | "watching" | "waiting" | "ended";
  /**
   * Last time a watch was accepted or brought something; undefined before the first. A server that is well sends bookmarks
   * every minute, so minutes of age mean trouble: compare with the monotonic clock for liveness. Lists do not count.
   */
  readonly lastSuccessMs: number | undefined;
  /** The same moment on the wall clock: for people. */
  readonly lastSuccessWallMs: number | undefined;
  /** Failures in a row. */
  readonly failures: number;
  readonly lastError: string | undefined;
}

export interface Follower {
  /** Resolves after the first complete list; rejects only with the signal's reason. */
  readonly synced: Promise<void>;
  /** Resolves when the signal has ended the follower; never rejects. */
  readonly done: Promise<void>;
  health(): FollowHealth;
}

const TIMING: FollowTiming = {
  // client-go's informers ask for 5 to 10 minutes as well.
  watchTimeoutMs: 300_000,
  // kube-apiserver sends a bookmark about once a minute, so a minute and a half of silence means a dead connection.
  idleMs: 90_000,
  backoffMinMs: 500,
  // An API server that is back is noticed within 30 s.
  backoffMaxMs: 20_000,
  pageSize: 500,
  // Somebody who installs a definition waits for more than that.
  absentMs: 30_000,
  // etcd takes 1.5 MiB per object, kube-apiserver requests of 3 MiB; JSON with managedFields can be larger than both.
  maxObjectBytes: 8 * 1024 * 1024,
};

/** Lists and watches a resource for ever, whatever the connection does, until `signal` is aborted. */
export function follow(kube: Kube, resource: Resource, options: FollowOptions): Follower {
  refuseByNameOnly(resource);
  return new ListWatch(kube, resource, { ...options, timing: { ...TIMING, ...options.timing } });
}
