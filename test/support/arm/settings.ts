import type { Call } from "./calls.ts";
import { SIZES, type Size } from "./sizes.ts";
import type { ErrorShape } from "./wire.ts";

export type Priority = "Regular" | "Spot";

/** Cores: `cores` of the region, `lowPriorityCores` of its spot machines, else of a family. What has no row is not bounded. */
export interface QuotaRow {
  readonly name: string;
  readonly limit: number;
  /** Used by others than our pools. */
  readonly used?: number;
}

/** How many machines can run at once. What no row bounds is in stock for ever. */
export interface StockRow {
  readonly vmSize: string;
  /** Absent: in the whole region. */
  readonly zone?: string;
  readonly priority?: Priority;
  readonly nodes: number;
}

/** A size that is refused as such, at once. */
export interface RestrictionRow {
  readonly vmSize: string;
  readonly priority?: Priority;
  readonly code: "SkuNotAvailable" | "VMSizeNotSupported" | "BadRequest" | "OverconstrainedAllocationRequest";
}

export type LroMode = "azure-async" | "location" | "body";

/** All that can be set, as data, so that another process can set it too. Durations are of the fake's own time. */
export interface Settings {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly cluster: string;
  readonly region: string;
  readonly kubernetesVersion: string;
  /** The one bearer token that is taken; "" takes any. */
  readonly token: string;
  readonly sizes: readonly Size[];
  readonly quotas: readonly QuotaRow[];
  readonly stock: readonly StockRow[];
  readonly restrictions: readonly RestrictionRow[];
  readonly lro: LroMode;
  readonly createMs: number;
  readonly updateMs: number;
  readonly deleteMs: number;
  /** Until a create that has no capacity fails. */
  readonly failMs: number;
  /** Retry-After of answers to polls; 0 sends none. */
  readonly retryAfterSeconds: number;
  /** Pools on one page of a list; 0: all on one. */
  readonly pageSize: number;
  readonly errorShape: ErrorShape;
  /** Whether the request itself is refused, or is accepted and fails later, leaving a Failed pool behind. */
  readonly quotaRefusal: "sync" | "async";
  readonly stockRefusal: "sync" | "async";
  /** DELETE of a pool that is not there. */
  readonly missingDelete: 204 | 404;
  /** PUT of the same body while the pool is being created: taken as the same operation, or refused as busy. */
  readonly repeatedPut: "same-operation" | "conflict";
  /** DELETE while the pool is being created: the create is cancelled by it, or it is refused as busy. */
  readonly deleteWhileCreating: "cancels" | "conflict";
  /** Operations that may be under way at once; more are refused as busy. 0: any number. */
  readonly parallelOperations: number;
  readonly maxPools: number;
  readonly maxNodesPerPool: number;
  readonly maxNodes: number;
  readonly throttle: {
    readonly on: boolean;
    /** Factors on the size of every bucket and on the pace at which it fills. */
    readonly burst: number;
    readonly refill: number;
  };
  /** Calls the identity has no right to: 403. */
  readonly forbidden: readonly Call[];
  /** A request that hangs ends after so long, as by a client whose patience is over; 0: never. */
  readonly patienceMs: number;
  /** How old the numbers of the usages are. */
  readonly usagesLagMs: number;
  /** Of what happens by probability. */
  readonly seed: number;
}

export const DEFAULTS: Settings = {
  subscription: "00000000-0000-0000-0000-000000000001",
  resourceGroup: "rg",
  cluster: "aks",
  region: "eastus",
  kubernetesVersion: "1.34.2",
  token: "",
  sizes: SIZES,
  quotas: [],
  stock: [],
  restrictions: [],
  lro: "azure-async",
  createMs: 180_000,
  updateMs: 60_000,
  deleteMs: 120_000,
  failMs: 60_000,
  retryAfterSeconds: 0,
  pageSize: 0,
  errorShape: "nested",
  quotaRefusal: "sync",
  stockRefusal: "async",
  missingDelete: 204,
  repeatedPut: "same-operation",
  deleteWhileCreating: "cancels",
  parallelOperations: 0,
  // learn.microsoft.com/azure/aks/quotas-skus-regions
  maxPools: 100,
  maxNodesPerPool: 1000,
  maxNodes: 5000,
  throttle: { on: false, burst: 1, refill: 1 },
  forbidden: [],
  patienceMs: 0,
  usagesLagMs: 0,
  seed: 1,
};

export const nodeResourceGroup = ({ resourceGroup, cluster, region }: Settings): string =>
  `MC_${resourceGroup}_${cluster}_${region}`;

export const clusterPath = ({ subscription, resourceGroup, cluster }: Settings): string =>
  `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${cluster}`;

export const poolPath = (settings: Settings, pool: string): string => `${clusterPath(settings)}/agentPools/${pool}`;

/** Azure compares names of sizes without regard to case. */
export const sizeOf = (settings: Settings, vmSize: string): Size | undefined =>
  settings.sizes.find(({ name }) => name.toLowerCase() === vmSize.toLowerCase());
