import type { Release } from "../catalogue.ts";
import type { JsonObject } from "../json.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { Quota } from "../machine/failure.ts";
import type { ProviderSettings } from "./claim-object.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Owner } from "./owner.ts";
import type { Demand } from "./pod.ts";
import type { Labels } from "./requirements.ts";
import type { Volumes } from "./volumes/volumes.ts";

/** What the installation may have at most, over all Workspaces. Absent: no limit. */
export interface Limits {
  readonly nodes?: number;
  readonly gpus?: number;
  readonly hourlyPriceUsd?: number;
}

/** What all claims of the installation come to, those in flight and those on their way out included. */
export interface Usage {
  readonly nodes: number;
  readonly gpus: number;
  readonly hourlyPriceUsd: number;
  /** Sizes of claims whose GPUs the catalogue does not know, which `gpus` is short of. Absent: none. */
  readonly unsized?: readonly string[];
  /** Sizes, with their region, of claims whose price the catalogue does not know, which the price is short of. Absent: none. */
  readonly unpriced?: readonly string[];
}

/** At most so many claims may be created by one plan, and why not more: what the pods that come after are told. */
export interface Allowance {
  readonly claims: number;
  readonly reason: WaitReason;
  readonly message: string;
  /** The next step, where it is not the one the reason usually has. */
  readonly next?: string;
}

/** All facts the planner looks at, for one owner. */
export interface CapacityQuestion {
  readonly owner: Owner;
  /** The owner's pods, and all others that are bound to its nodes. */
  readonly pods: readonly JsonObject[];
  /** Pods that will exist once a new template is applied: their nodes come first. */
  readonly ahead: readonly Demand[];
  readonly nodes: readonly JsonObject[];
  /** NodeClaims with the owner's labels. */
  readonly claims: readonly JsonObject[];
  readonly release: Release;
  /** Refused offerings: the planner's memory. */
  readonly attempts: readonly Attempt[];
  /** Refusals that others met and that hold for this owner, too; they are not remembered as its own. */
  readonly othersAttempts?: readonly Attempt[];
  /** Pods the owner is to have, for the bound on its claims. */
  readonly desiredPods: number;
  readonly limits: Limits;
  readonly usage: Usage;
  readonly settings: ProviderSettings;
  /** Names of all claims, which cannot be given again. */
  readonly heldNames?: ReadonlySet<string>;
  /** Claims that may be created now; absent: as many as are needed. */
  readonly allowance?: Allowance;
  /** Since when a Ready node has had room for a waiting pod, by pod. */
  readonly roomSinceMs?: { readonly [pod: string]: number };
  /** Since when nodes that were usable have been seen without GPUs, by `lostGpusName`. */
  readonly unreadySinceMs?: { readonly [name: string]: number };
  /** Other Workspaces of the share key, whose pods are among the pods: nodes are chosen for all of them at once. */
  readonly sharers?: readonly Owner[];
  /** DaemonSets of the cluster: their pods take room of every node they come to. */
  readonly daemonSets?: readonly JsonObject[];
  /** Pods elsewhere that its pods want to be near to, or apart from; absent: none. */
  readonly elsewhere?: Elsewhere;
  /** Labels of namespaces, for namespace selectors. */
  readonly namespaces?: ReadonlyMap<string, Labels>;
  /** Volumes of the pods: they can run only where these can be used. */
  readonly volumes?: Volumes;
  /** Quotas that were read, by instance type on demand, and of spot by `SPOT_QUOTA`. */
  readonly quotas?: ReadonlyMap<string, Quota>;
  readonly nowMs: number;
}

export type WaitReason =
  /** A claim is on its way or asked for in this plan. */
  | "WaitingForCapacity"
  /** A pod that ends makes room, or a node is there and the scheduler has not used it yet. */
  | "WaitingForScheduler"
  /** Bring your own nodes: none fits. Or its rules about other pods: no node that may be bought would keep them. */
  | "Unschedulable"
  /** Every offering was refused a short time ago. */
  | "OutOfStock"
  /** The same, and each time for a quota. */
  | "QuotaExceeded"
  | "TooExpensive"
  | "LimitReached"
  | "PodDoesNotFitNode"
  /** A volume of the pod can be used only where no node may be bought. */
  | "VolumeNodeAffinityConflict"
  /** It asks for devices by claims (DRA). */
  | "ResourceClaimsUnsupported"
  /** Nodes that came to nothing, so many in a row that no further one is tried for a time. */
  | "NodeNotJoining"
  | "GpuNotReady";

/** Why one pod has no node yet. */
export interface Waiting {
  readonly pod: string;
  readonly reason: WaitReason;
  readonly message: string;
  /** The next step, where it is not the one the reason usually has. */
  readonly next?: string;
  /** Whether only a human can mend it, where others of this reason differ. */
  readonly stalled?: boolean;
  /** The node it waits for, where it has joined. */
  readonly node?: string;
  /** Of what is out of stock or quota: why further offerings that are allowed are not bought instead. */
  readonly beside?: string;
}

export interface CapacityPlan {
  /** NodeClaims to create. */
  readonly create: readonly JsonObject[];
  /** By name of a claim that is created: keys of the pods it is for; none where one of these is to come. */
  readonly createdFor?: ReadonlyMap<string, readonly string[]>;
  /** One reason for every pod that waits, and for every pod that is to come. */
  readonly waiting: readonly Waiting[];
  /** Waiting pods for which a Ready node has room. */
  readonly placeable: readonly string[];
  /** Claims that waiting pods are meant to use; never empty ones. */
  readonly promised: ReadonlySet<string>;
  /** Whether some pod waits for others to be where its rules want them: which only a further look tells. */
  readonly awaitsOthers?: boolean;
  /** When a refused offering may be tried again. */
  readonly nextTryMs?: number;
}
