import type { Call } from "./calls.ts";
import type { Settings } from "./settings.ts";

interface Bucket {
  /** Requests at once, and what comes back each second. */
  readonly burst: number;
  readonly perSecond: number;
  readonly handler: string;
}

const PUT: Bucket = { burst: 20, perSecond: 1 / 60, handler: "PutAgentPoolHandler" };
const CLUSTER: Bucket = { burst: 60, perSecond: 1, handler: "GetManagedClusterHandler" };
const STATUS: Bucket = { burst: 200, perSecond: 2, handler: "GetOperationStatusHandler" };
const OTHER: Bucket = { burst: 60, perSecond: 1, handler: "AgentPoolHandler" };
const READS: Bucket = { burst: 250, perSecond: 25, handler: "SubscriptionReads" };
const WRITES: Bucket = { burst: 200, perSecond: 10, handler: "SubscriptionWrites" };
const DELETES: Bucket = { burst: 200, perSecond: 10, handler: "SubscriptionDeletes" };

/** The resource provider's own bucket, and the one ARM has for the subscription in front of it. */
function bucketsOf(call: Call, pool: string): readonly (readonly [string, Bucket])[] {
  switch (call) {
    case "put":
      return [
        ["writes", WRITES],
        [`put/${pool}`, PUT],
      ];
    case "delete":
      return [
        ["deletes", DELETES],
        ["other", OTHER],
      ];
    case "operation":
      return [
        ["reads", READS],
        ["status", STATUS],
      ];
    case "cluster":
      return [
        ["reads", READS],
        ["cluster", CLUSTER],
      ];
    case "get":
    case "list":
      return [
        ["reads", READS],
        ["other", OTHER],
      ];
    case "usages":
    case "skus":
      return [["reads", READS]];
  }
}

export interface Throttle {
  /** Takes a request's tokens; otherwise the handler that has none left and the seconds until it has. */
  take(
    settings: Settings,
    call: Call,
    pool: string,
    nowMs: number,
  ): { readonly handler: string; readonly seconds: number } | undefined;
}

export function createThrottle(): Throttle {
  const levels = new Map<string, { tokens: number; atMs: number }>();
  return {
    take: ({ throttle }, call, pool, nowMs) => {
      if (!throttle.on) return undefined;
      const asked = bucketsOf(call, pool).map(([key, bucket]) => {
        const burst = Math.max(1, bucket.burst * throttle.burst);
        const perMs = (bucket.perSecond * throttle.refill) / 1000;
        const known = levels.get(key) ?? { tokens: burst, atMs: nowMs };
        const tokens = Math.min(burst, known.tokens + (nowMs - known.atMs) * perMs);
        return { key, tokens, perMs, handler: bucket.handler };
      });
      const empty = asked.find(({ tokens }) => tokens < 1);
      for (const { key, tokens } of asked) {
        levels.set(key, { tokens: empty === undefined ? tokens - 1 : tokens, atMs: nowMs });
      }
      if (empty === undefined) return undefined;
      return { handler: empty.handler, seconds: Math.ceil((1 - empty.tokens) / empty.perMs / 1000) };
    },
  };
}
