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

/** A request that is wholly read. Its steps come in this order; none of them throws. */
export interface Waiting {
  decide(): void;
  answer(): void;
  /** Log and metrics. */
  record(): void;
  /** Instead of all three, when those before it took too long. */
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

/** Of so many at most the answers are held back for each other: a fifth of a megabyte, and some milliseconds. */
const GROUP = 32;

/**
 * Everything is decided in one thread. What came in during one turn of the event loop is decided at its end, then answered,
 * then recorded, in groups: each step finds its code and the catalogue in the processor's caches, which the other steps,
 * system calls above all, would empty. How long this goes on is how long the next requests wait unread.
 */
export function createGate(load: Load): Gate {
  let inFlight = 0;
  let queue: Waiting[] = [];
  const drain = () => {
    const waiting = queue;
    queue = [];
    const endMs = performance.now() + load.longestTurnMs;
    for (let i = 0; i < waiting.length; i += GROUP) work(waiting.slice(i, i + GROUP), endMs);
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

function work(group: readonly Waiting[], endMs: number): void {
  const decided: Waiting[] = [];
  for (const one of group) {
    if (performance.now() > endMs) one.shed();
    else {
      one.decide();
      decided.push(one);
    }
  }
  for (const one of decided) one.answer();
  for (const one of decided) one.record();
}
