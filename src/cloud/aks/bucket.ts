/** Tokens as AKS counts requests: a burst, refilled at a steady rate. Times are milliseconds of one monotonic clock. */
export interface Bucket {
  readonly burst: number;
  /** Time for one token to come back. */
  readonly refillMs: number;
}

/**
 * What AKS's resource provider allows for one pool or cluster, and ARM for a subscription in one region
 * (learn.microsoft.com: "Limits and throttling", AKS "Throttling limits").
 */
export const LIMITS = {
  putPool: { burst: 20, refillMs: 60_000 },
  cluster: { burst: 60, refillMs: 1000 },
  other: { burst: 60, refillMs: 1000 },
} as const satisfies { readonly [name: string]: Bucket };

/** Tokens at a time. */
export interface Level {
  readonly tokens: number;
  readonly atMs: number;
}

/** The level now, after it was full for ever or was known at an earlier time. */
export function levelAt(bucket: Bucket, level: Level | undefined, nowMs: number): Level {
  if (level === undefined) return { tokens: bucket.burst, atMs: nowMs };
  const back = (nowMs - level.atMs) / bucket.refillMs;
  return { tokens: Math.min(bucket.burst, level.tokens + back), atMs: nowMs };
}

/** How long until a token is there, milliseconds. */
export function waitMs(bucket: Bucket, { tokens }: Level): number {
  return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * bucket.refillMs);
}
