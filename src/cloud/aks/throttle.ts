import { CloudError } from "../cloud.ts";
import { type Bucket, type Level, levelAt, waitMs } from "./bucket.ts";
import type { CloudClock } from "./options.ts";

/** A wait this short is waited for; a longer one is told, so that nobody's worker stands still for it. */
const PATIENCE_MS = 2000;
/** ARM says when to come back; where it does not, its buckets have refilled a good part by then. */
const DEFAULT_PAUSE_MS = 10_000;

/**
 * Keeps to AKS's limits before AKS has to: a token for each request, and silence towards the whole cloud once it answered 429.
 * Those that are sent away are told times that are spread, so that a thousand of them do not return together.
 */
export class Throttle {
  readonly #clock: CloudClock;
  readonly #levels = new Map<string, { readonly bucket: Bucket; readonly level: Level }>();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: CloudClock) {
    this.#clock = clock;
  }

  /**
   * Takes a token of the bucket called `name`. Throws CloudError Throttled when there is none for longer than one waits, and
   * the signal's reason when it is aborted.
   */
  async take(name: string, bucket: Bucket, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const nowMs = this.#clock.monotonicMs();
    this.#refuseWhilePaused();
    const level = levelAt(bucket, this.#levels.get(name)?.level, nowMs);
    const wait = waitMs(bucket, level);
    if (wait > PATIENCE_MS) throw throttled(wait, `no more requests of this kind are allowed yet (${name})`);
    // Taken now, so that the next one waits for the token after it.
    this.#levels.set(name, { bucket, level: { ...level, tokens: level.tokens - 1 } });
    this.#forget(nowMs);
    if (wait === 0) return;
    await this.#clock.sleep(wait, signal);
    this.#refuseWhilePaused();
  }

  /** The cloud answered 429. */
  pause(retryAfterMs: number | undefined): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#clock.monotonicMs() + (retryAfterMs ?? DEFAULT_PAUSE_MS));
  }

  #refuseWhilePaused(): void {
    const pauseMs = this.#pausedUntilMs - this.#clock.monotonicMs();
    if (pauseMs > 0) throw throttled(pauseMs, "waiting as the cloud asked");
  }

  /** A full bucket is as good as none; pools come and go by the thousand in a life. */
  #forget(nowMs: number): void {
    if (this.#levels.size < 256) return;
    for (const [name, { bucket, level }] of this.#levels) {
      if (levelAt(bucket, level, nowMs).tokens >= bucket.burst) this.#levels.delete(name);
    }
  }
}

function throttled(ms: number, message: string): CloudError {
  return new CloudError({ reason: "Throttled", message, retryAfterMs: spread(ms) });
}

/** Up to half as long again, at least a second: a short wait of many has to be spread, too. */
export function spread(ms: number): number {
  return Math.ceil(ms + Math.random() * Math.max(1000, ms / 2));
}
