import { randomFrom } from "../../fuzz/random.ts";
import type { Call } from "./calls.ts";
import type { StockCode } from "./refusals.ts";
import type { LroMode } from "./settings.ts";
import type { ArmError, ErrorShape } from "./wire.ts";

/**
 * Troubles the fake knows the words of. `Quota` and `Allocation` are the one that fits the pool: of spot machines or of the
 * family, of the zone or of the region.
 */
export type TroubleCode =
  | StockCode
  | "FamilyQuota"
  | "SpotQuota"
  | "RegionQuota"
  | "Quota"
  | "Allocation"
  | "Busy"
  | "Overridden";

/** What happens to a request. `applied`: the request is carried out all the same. All is data, so that it can be sent. */
export type Effect =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Absent: an answer without a body. */
      readonly error?: ArmError;
      readonly shape?: ErrorShape;
      readonly headers?: Readonly<Record<string, string>>;
      readonly applied?: boolean;
    }
  /** 429; without seconds no Retry-After, the text alone tells how long. */
  | { readonly kind: "throttle"; readonly retryAfterSeconds?: number }
  | { readonly kind: "reset"; readonly applied?: boolean }
  /** No answer, ever. */
  | { readonly kind: "hang"; readonly applied?: boolean }
  | { readonly kind: "delay"; readonly ms: number; readonly when?: "before" | "after" }
  /** As if there were no quota or stock for this PUT; `later`: accepted, and Failed after a while. */
  | { readonly kind: "refuse"; readonly code: TroubleCode; readonly later?: boolean; readonly shape?: ErrorShape }
  /** The operation of this PUT or DELETE ends so. */
  | {
      readonly kind: "fail";
      readonly error: ArmError;
      readonly status?: "Failed" | "Canceled";
      readonly afterMs?: number;
    }
  | { readonly kind: "lasts"; readonly ms: number | "for-ever" }
  | { readonly kind: "lro"; readonly mode: LroMode }
  /** A list with 200 that holds only the first pools, or none, and no further page. */
  | { readonly kind: "partial"; readonly keep: number };

export interface Fault {
  readonly match: {
    readonly call?: Call | readonly Call[];
    /** Name of a pool; `*` stands for any characters. A poll of an operation has the pool of the operation. */
    readonly pool?: string;
    /** Only the so-many-th request that matches so far, from 1; or those from `from` to `to`. */
    readonly nth?: number;
    readonly from?: number;
    readonly to?: number;
    /** Drawn for each pool from a stream of its own, so that the order of pools does not matter. */
    readonly probability?: number;
  };
  /** It happens so many times at most. */
  readonly times?: number;
  readonly effect: Effect;
}

export interface Hit {
  /** Of the fault, in the order they were added. */
  readonly fault: number;
  readonly effect: Effect;
}

export interface Faults {
  add(faults: readonly Fault[]): void;
  clear(): void;
  all(): readonly Fault[];
  /** Counts this request and tells what happens to it, in the order the faults were added. */
  decide(call: Call, pool: string | undefined): readonly Hit[];
}

interface Counted {
  readonly index: number;
  readonly fault: Fault;
  matched: number;
  happened: number;
  readonly ofPool: Map<string, number>;
}

export function createFaults(seed: () => number): Faults {
  let counted: Counted[] = [];
  let added = 0;
  return {
    add: (faults) => {
      for (const fault of faults) {
        counted.push({ index: added++, fault, matched: 0, happened: 0, ofPool: new Map() });
      }
    },
    clear: () => {
      counted = [];
    },
    all: () => counted.map(({ fault }) => fault),
    decide: (call, pool) =>
      counted.flatMap((one) =>
        happens(one, seed(), call, pool) ? [{ fault: one.index, effect: one.fault.effect }] : [],
      ),
  };
}

function happens(one: Counted, seed: number, call: Call, pool = ""): boolean {
  const { match, times } = one.fault;
  if (match.call !== undefined && ![match.call].flat().includes(call)) return false;
  if (match.pool !== undefined && !matches(match.pool, pool)) return false;
  one.matched += 1;
  const seen = (one.ofPool.get(pool) ?? 0) + 1;
  one.ofPool.set(pool, seen);
  if (one.matched < (match.nth ?? match.from ?? 1)) return false;
  if (one.matched > (match.nth ?? match.to ?? Number.POSITIVE_INFINITY)) return false;
  if (one.happened >= (times ?? Number.POSITIVE_INFINITY)) return false;
  if (match.probability !== undefined) {
    const draw = randomFrom(hash(`${seed}/${one.index}/${call}/${pool}/${seen}`)).next();
    if (draw >= match.probability) return false;
  }
  one.happened += 1;
  return true;
}

const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replaceAll(/[^a-z0-9]/gi, "\\$&"))
      .join(".*")}$`,
  ).test(name);

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
