import type { Clock } from "./clock.ts";
import type { Kube, KubeObject } from "./kube.ts";
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
  /** Awaited if it returns a promise, so a slow handler slows the stream. What it throws goes to onError. */
  readonly onEvent: (event: FollowEvent) => void | Promise<void>;
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
  /** A larger object is reported and skipped. */
  readonly maxObjectBytes: number;
}

export interface FollowHealth {
  readonly state: "listing" | "watching" | "waiting" | "ended";
  /** Last byte, list or accepted watch; undefined before the first. Monotonic clock: for a liveness limit. */
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

/** Lists and watches a resource for ever, whatever the connection does, until `signal` is aborted. */
export function follow(_kube: Kube, _resource: Resource, _options: FollowOptions): Follower {
  throw new Error("not yet implemented");
}
