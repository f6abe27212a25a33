/** A signal that fires after a time or with one of the signals it depends on; `release` lets go of them. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** No longer limit the time; the signals still count. */
  lift(): void;
  /** The full time again from now on. */
  restart(): void;
  release(): void;
}

/**
 * By hand instead of AbortSignal.any: a process-long signal would collect one dependent per request,
 * and a lifted limit must not leave a timer behind.
 */
export function timeLimit(ms: number, ...signals: readonly (AbortSignal | undefined)[]): TimeLimit {
  const controller = new AbortController();
  let expired = false;
  const expire = () => {
    expired = true;
    controller.abort();
  };
  let timer = setTimeout(expire, ms);
  const onAbort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
  }
  const lift = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    lift,
    restart: () => {
      lift();
      timer = setTimeout(expire, ms);
    },
    release: () => {
      lift();
      for (const signal of signals) signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** The promise's outcome, or the signal's reason if that comes first (for work that cannot be cancelled, such as an exec plugin). */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
