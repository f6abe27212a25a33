import { Candidate } from "./candidate.ts";
import { type Clock, systemClock } from "./clock.ts";
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
  /** Less than the deadline. Default 2 000. */
  readonly retryPeriodMs?: number;
  /** Ends the election; the lease is released once onStartedLeading's promise has settled. */
  readonly signal: AbortSignal;
  /** `leading` is aborted the moment leadership ends: pass it to every call. A returned promise is awaited before release. */
  readonly onStartedLeading: (leading: AbortSignal) => void | Promise<void>;
  /** After leadership has ended, at the same moment as `leading`. */
  readonly onStoppedLeading?: () => void;
  /** Failed calls and what the two callbacks throw; the election goes on. */
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

/**
 * Takes part in a leader election on a coordination.k8s.io Lease until `signal` is aborted; a lost lease is competed for again.
 * The defaults are those of kube-controller-manager. Throws RangeError for times that would allow two leaders.
 */
export function elect(kube: Kube, options: ElectionOptions): Election {
  const leaseDurationMs = options.leaseDurationMs ?? 15_000;
  const renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
  const retryPeriodMs = options.retryPeriodMs ?? 2_000;
  if (!(retryPeriodMs > 0 && retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
    throw new RangeError(
      `election times: retry ${retryPeriodMs} ms, renew deadline ${renewDeadlineMs} ms, lease ${leaseDurationMs} ms: each must be shorter than the next`,
    );
  }
  if (leaseDurationMs % 1000 !== 0) {
    throw new RangeError(`lease duration ${leaseDurationMs} ms: the Lease API knows whole seconds only`);
  }
  if (options.identity === "") throw new RangeError("election identity is empty: that means nobody holds the lease");
  return new Candidate(kube, { clock: systemClock, ...options, leaseDurationMs, renewDeadlineMs, retryPeriodMs });
}
