import { type Cloud, CloudError } from "../../cloud/cloud.ts";
import type { Clock } from "../../kube/clock.ts";
import { timeLimit } from "../../kube/time-limit.ts";

export type CloudVerb = "create" | "get" | "list" | "names" | "remove";

/** Told of every call; outcome `ok` or the reason of the failure. */
export type CalledCloud = (verb: CloudVerb, outcome: string, ms: number) => void;

// Nothing waits for a machine, so an answer takes seconds. A list of many pages is the longest.
const TIMEOUT_MS = 60_000;

/**
 * A cloud whose calls are measured and end: one that does not answer within a minute is Unavailable. Rejects with CloudError,
 * or with the signal's reason.
 */
export function measuredCloud(cloud: Cloud, clock: Clock, called: CalledCloud): Pick<Cloud, CloudVerb> {
  const measured = async <T>(
    verb: CloudVerb,
    signal: AbortSignal,
    call: (limited: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const startMs = clock.monotonicMs();
    const limit = timeLimit(TIMEOUT_MS, signal);
    try {
      const result = await call(limit.signal);
      called(verb, "ok", clock.monotonicMs() - startMs);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const failed = error instanceof CloudError ? error : unavailable(error);
      called(verb, failed.failure.reason, clock.monotonicMs() - startMs);
      throw failed;
    } finally {
      limit.release();
    }
  };
  return {
    create: (spec, signal) => measured("create", signal, (limited) => cloud.create(spec, limited)),
    get: (name, signal) => measured("get", signal, (limited) => cloud.get(name, limited)),
    list: (signal) => measured("list", signal, (limited) => cloud.list(limited)),
    names: (signal) => measured("names", signal, (limited) => cloud.names(limited)),
    remove: (machine, signal) => measured("remove", signal, (limited) => cloud.remove(machine, limited)),
  };
}

/** A call that took too long, or a fault of a provider, refuses nothing. */
function unavailable(error: unknown): CloudError {
  const message = error instanceof Error ? error.message : String(error);
  return new CloudError({ reason: "Unavailable", message }, { cause: error });
}
