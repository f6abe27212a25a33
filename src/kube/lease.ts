import type { Clock } from "./clock.ts";
import type { Kube } from "./kube.ts";

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unique per process (host name and a random part): a lease held by an equal identity is still somebody else's. */
  readonly identity: string;
  /** Others wait this long after the last sign of the leader. Default 15 000, whole seconds. */
  readonly leaseDurationMs?: number;
  /** A leader that could not renew for this long stops; less than the lease. Default 10 000. */
  readonly renewDeadlineMs?: number;
  /** Default 2 000. */
  readonly retryPeriodMs?: number;
  /** Ends the election; the lease is released once onStartedLeading's promise has settled. */
  readonly signal: AbortSignal;
  /** `leading` is aborted the moment leadership ends: pass it to every call. A returned promise is awaited before release. */
  readonly onStartedLeading: (leading: AbortSignal) => void | Promise<void>;
  readonly onStoppedLeading?: () => void;
  readonly onError?: (error: Error) => void;
  readonly clock?: Clock;
}

export interface Election {
  /** True only while our lease surely holds by the monotonic clock; ask before each write (a paused process wakes up late). */
  isLeader(): boolean;
  /** Holder last seen in the Lease; for logs. */
  holder(): string | undefined;
  /** Resolves when the signal has ended the election; never rejects. */
  readonly done: Promise<void>;
}

/** Takes part in a leader election on a coordination.k8s.io Lease until `signal` is aborted; a lost lease is competed for again. */
export function elect(_kube: Kube, _options: ElectionOptions): Election {
  throw new Error("not yet implemented");
}
