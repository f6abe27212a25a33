import type { BodyBudget } from "./body.ts";

/** How much work is taken on at a time; more is answered with 429 at once, which the API server repeats by itself. */
export interface Load {
  /** Requests whose body is not complete. */
  readonly mostInFlight: number;
  /** Bytes of such bodies, beyond the first SMALL_BODY_BYTES of each. */
  readonly mostBodyBytes: number;
  /** Between two looks at the sockets; a request that comes meanwhile has waited that long when it is read. */
  readonly longestTurnMs: number;
  /** Open connections, whether they do anything or not. */
  readonly mostConnections: number;
}

/**
 * The API server waits 5 s for an answer (timeoutSeconds in webhook-configuration.ts): a request that waited through one long
 * turn and is answered in the next is still in time twice over. Large bodies are rare: 64 MiB are nine of the largest. An
 * API server opens one connection for each review it waits for.
 */
export const DEFAULT_LOAD: Load = {
  mostInFlight: 1_000,
  mostBodyBytes: 64 * 1024 * 1024,
  longestTurnMs: 1_000,
  mostConnections: 1_000,
};

/** client-go waits this long and tries again, up to its timeout. */
export const RETRY_AFTER_SECONDS = 1;

export interface Gate {
  readonly budget: BodyBudget;
  /** Whether a request that arrived at `nowMs` is taken on; then `leave` must follow once. */
  enter(nowMs: number): boolean;
  leave(): void;
}

/**
 * Everything is decided in one thread, so what waits is in the sockets and cannot be counted. But all that waits is served in
 * one turn of the event loop: how long this turn has been going on is how long the next request will have waited.
 */
export function createGate(load: Load): Gate {
  let inFlight = 0;
  let turnStartMs: number | undefined;
  const endTurn = () => {
    turnStartMs = undefined;
  };
  return {
    budget: { bytes: 0, mostBytes: load.mostBodyBytes },
    enter(nowMs) {
      if (turnStartMs === undefined) {
        turnStartMs = nowMs;
        setImmediate(endTurn);
      }
      if (inFlight >= load.mostInFlight || nowMs - turnStartMs > load.longestTurnMs) return false;
      inFlight++;
      return true;
    },
    leave() {
      inFlight--;
    },
  };
}
