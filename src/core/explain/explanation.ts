import type { Issue } from "../issue.ts";
import type { Json } from "../json.ts";
import type { Named } from "../kinds/workspace-names.ts";
import type { PriceBound } from "../prices.ts";

/**
 * Who decided a value. git: the Workspace or its ConfigMap states it; preset: the model; size: hardware and the memory
 * model; tuned: model or image on one kind of GPU or in one performance mode; policy: a limit the user set; default: the
 * catalogue's defaults, the runtime image, Foresail; stored: an earlier release that is not at hand.
 */
export type ValueOrigin = "git" | "preset" | "size" | "tuned" | "policy" | "default" | "stored";

/** Where a value comes from. */
export interface Provenance {
  readonly origin: ValueOrigin;
  /** In words: the annotation, the entry of the catalogue, the source with its date. */
  readonly source: string;
  /** Field of the Workspace that states it. */
  readonly field?: string;
}

export interface ExplainedValue extends Provenance {
  /** Path below `expansion`; `requests.cpu` and `flags.dtype` of the container that runs the model. */
  readonly path: string;
  readonly value: Json;
  /** What the same value would be without the one that won, nearest first. */
  readonly over?: readonly { readonly origin: ValueOrigin; readonly value: string }[];
}

export type MemoryKind = "weights" | "overhead" | "adapters" | "kvCache" | "leftOver";

export interface MemoryPart {
  readonly kind: MemoryKind;
  readonly giB: number;
  /** How the number comes about; absent for an expansion whose release is not at hand. */
  readonly arithmetic?: string;
}

/** What one GPU holds. The parts add up to `perGpuGiB`. */
export interface MemoryPicture {
  readonly perGpuGiB: number;
  readonly parts: readonly MemoryPart[];
  /** From layers and heads to bytes per token, blocks, context and concurrency; one step a line. */
  readonly cache: readonly string[];
  /** Bytes one more token takes on one GPU, windows not counted; absent for a training run. */
  readonly bytesPerToken?: number;
  readonly maxModelLen?: number;
  readonly maxConcurrency?: number;
}

/** A size that does the job. */
export interface RankedSize {
  readonly instanceType: string;
  readonly gpu: string;
  /** Nodes of one replica. */
  readonly nodeCount: number;
  /** All nodes of one replica; absent where the region has no price. */
  readonly hourlyPriceUsd?: number;
  readonly bound?: PriceBound;
  /** USD per hour for each million tokens of context that the KV cache of all copies of one replica holds at once. */
  readonly hourlyUsdPerMillionTokens?: number;
  /** Tokens of context all copies of one replica hold at once, in sequences of the longest context. */
  readonly capacityTokens?: number;
  readonly maxModelLen?: number;
  readonly maxConcurrency?: number;
  readonly chosen: boolean;
  /** Why a cheaper one is not the one chosen. */
  readonly reason?: string;
}

/** A size that does not, and the first reason why. */
export interface UnfitSize {
  readonly instanceType: string;
  /** One node; absent where the region has no price. */
  readonly hourlyPriceUsd?: number;
  readonly bound?: PriceBound;
  /** Whether one node costs less than the size chosen. */
  readonly cheaper: boolean;
  readonly reason: string;
}

export interface Sizes {
  readonly region: string;
  readonly capacityType: string;
  readonly ranked: readonly RankedSize[];
  readonly unfit: readonly UnfitSize[];
}

export interface PriceSource {
  readonly source: string;
  readonly date: string;
  readonly ageDays: number;
  readonly stale: boolean;
}

/** What runs, in the words of the expansion. */
export interface Running {
  readonly task: "serving" | "tuning" | "template";
  readonly preset?: string;
  readonly model?: string;
  readonly revision?: string;
  readonly license?: string;
  readonly runtime?: string;
  readonly image?: string;
  readonly instanceType?: string;
  readonly nodeCount: number;
  /** Present where the nodes may serve others too; the price is that of whole nodes all the same. */
  readonly placement?: "shared";
  readonly replicas?: number;
  readonly gpu?: { readonly perNode: number; readonly model?: string; readonly memoryGiB?: number };
  readonly parallelism?: { readonly tensor: number; readonly pipeline: number; readonly data: number };
  readonly region?: string;
  /** All nodes of one replica. */
  readonly hourlyPriceUsd?: number;
  readonly bound?: PriceBound;
}

export interface Change {
  readonly path: string;
  /** Absent: it is new. */
  readonly from?: Json;
  /** Absent: it goes. */
  readonly to?: Json;
}

export interface Upgrade {
  /** Release of what is stored or pinned, and the one compared with it. */
  readonly from: string;
  readonly to: string;
  readonly restarts: boolean;
  readonly changes: readonly Change[];
  /** Why the newer release would refuse it; nothing else is told then. */
  readonly refused?: readonly Issue[];
}

/** The nearest thing that would work, tried out. */
export interface Remedy {
  /** Without `set` the field is left out; `note` says what one has to see to oneself. */
  readonly changes: readonly { readonly path: string; readonly set?: string; readonly note?: string }[];
  readonly running: Running;
}

/** How a Workspace of a cluster is, as its status says. */
export interface LiveState {
  readonly ready: boolean;
  /** A word of docs/reasons.md. */
  readonly reason: string;
  readonly message: string;
  /** What the user does next. */
  readonly next?: string;
  /** Only a human can mend it. */
  readonly stalled: boolean;
  readonly since: string;
  /** How nodes that the user brings are not what is stated, and what to do. */
  readonly ownNodes?: { readonly reason: string; readonly message: string; readonly next?: string };
  /** Steps of the newest start; seconds: since the one before. */
  readonly phases: readonly { readonly type: string; readonly time: string; readonly seconds?: number }[];
}

export interface Explanation extends Named {
  /** Release the explanation is from. */
  readonly release: string;
  readonly running?: Running;
  /** Of a cluster only. */
  readonly state?: LiveState;
  readonly memory?: MemoryPicture;
  readonly values: readonly ExplainedValue[];
  readonly sizes?: Sizes;
  readonly prices: readonly PriceSource[];
  readonly upgrade?: Upgrade;
  readonly remedy?: Remedy;
  /** Refusals and warnings, those of old prices among them. */
  readonly issues: readonly Issue[];
}
