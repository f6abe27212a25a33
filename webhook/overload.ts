import type { BodyBudget } from "./body.ts";

/** How much work is taken on at a time; more is answered with 429 at once, which the API server repeats by itself. */
export interface Load {
  /** Requests whose body is not complete. */
  readonly mostInFlight: number;
  /** Bytes of such bodies, beyond the first SMALL_BODY_BYTES of each. */
  readonly mostBodyBytes: number;
  /** For all decisions of one turn of the event loop; a request that comes meanwhile has waited that long when it is read. */
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

/** A request that is wholly read. */
export interface Waiting {
  decide(): void;
  /** Instead, when those before it took too long. */
  shed(): void;
}

export interface Gate {
  readonly budget: BodyBudget;
  /** Whether another body may be read; then `leave` must follow once. */
  enter(): boolean;
  leave(): void;
  /** Decides in the same turn of the event loop, after everything that came in has been read. */
  queue(waiting: Waiting): void;
}

/**
 * Everything is decided in one thread. What came in during one turn of the event loop is decided at its end, one after the
 * other: the code and the catalogue stay in the processor's caches, which system calls between two decisions would empty (a
 * decision takes half the time, docs/benchmarks.md). How long this goes on is how long the next requests wait unread.
 */
export function createGate(load: Load): Gate {
  let inFlight = 0;
  let queue: Waiting[] = [];
  const drain = () => {
    const waiting = queue;
    queue = [];
    const startMs = performance.now();
    for (const one of waiting) {
      if (performance.now() - startMs > load.longestTurnMs) one.shed();
      else one.decide();
    }
  };
  return {
    budget: { bytes: 0, mostBytes: load.mostBodyBytes },
    enter() {
      if (inFlight >= load.mostInFlight) return false;
      inFlight++;
      return true;
    },
    leave() {
      inFlight--;
    },
    queue(waiting) {
      if (queue.length === 0) setImmediate(drain);
      queue.push(waiting);
    },
  };
}
