import type { JsonObject } from "../../json.ts";
import type { Labels, Terms } from "../requirements.ts";
import type { ResourceNames, Resources } from "../resources.ts";
import type { Mask } from "./mask.ts";

/** A pod that needs a place. */
export interface WaitingPod {
  /** Unique and stable: namespace/name. */
  readonly key: string;
  readonly namespace: string;
  readonly labels: JsonObject;
  readonly spec: JsonObject;
  /** Where its volumes can be used: one of each. A spread counts nodes elsewhere, too. */
  readonly volumes?: readonly Terms[];
  /** For whom nodes are bought for it: pods of different buyers are never taken as equal. */
  readonly buyer?: string;
}

/** A pod that has its place: it counts for the spread and the affinity of others. Its requests are off the row's room. */
export interface PlacedPod extends WaitingPod {
  /** Index of its row. */
  readonly row: number;
}

/**
 * A place for pods. A row of a node that is there or on its way is that one node; a row of a catalogue is a kind of node (one
 * size, one zone, one way of paying), of which any number can be opened.
 */
export interface Row {
  /** Name of the node, for matchFields and the hostname; absent for what can be bought. */
  readonly node?: string;
  readonly exists: boolean;
  readonly labels: Labels;
  readonly taints: readonly JsonObject[];
  /** Room for pods, daemons' part taken off. */
  readonly room: Resources;
  /** Resources `room` speaks of; absent: all. */
  readonly known?: ResourceNames;
  /** Nothing is known of the size but that it was asked to hold its first pod: no second one goes there. */
  readonly onePod?: boolean;
  readonly hourlyPriceUsd?: number;
}

/**
 * `respect`: as Karpenter, a preference is a rule until no node, not even a new one, can keep it.
 * `thrifty`: a preference chooses between nodes, but never buys one.
 */
export type PreferencePolicy = "respect" | "thrifty" | "ignore";

/**
 * Which pods come first. `size`: the largest. `lone` (default): those that want no second of their kind on a node, since they
 * open nodes, which the others then fill; of each the largest. `even`: as `lone`, but pods that need much cpu and pods that need
 * much memory take turns. `zoned`: as `lone`, but pods with rules about zones come before the others: they decide where a node is.
 */
export type PodOrder = "size" | "lone" | "even" | "zoned";

/** What a new node may become. */
export interface OpenRequest {
  readonly pod: WaitingPod;
  /** Rows that can be bought and take the pod, by labels, taints, resources and topology. Empty: none, for this reason. */
  readonly rows: Mask;
  readonly obstacle?: Obstacle;
  /** Rows of any kind whose labels and taints suit the pod. */
  readonly suitable: Mask;
  /** Rows that exist and took no pod so far. */
  readonly unused: Mask;
}

/** What keeps a pod from every row: labels or taints, then resources, then spread or pod affinity. */
export type Obstacle = "requirements" | "resources" | "topology";

/** Which of the rows to open a node with (the order of rows decides in the end), or why none. */
export type OpenAnswer<Refusal> = { readonly rows: Mask } | { readonly refusal: Refusal };

export interface Reserved {
  readonly row: number;
  /** Indices of pods. */
  readonly pods: readonly number[];
}

export interface SchedulingProblem<Refusal> {
  readonly pods: readonly WaitingPod[];
  readonly placed: readonly PlacedPod[];
  /** Rows that exist in the order they are to be filled, those that can be bought in the order they are to be chosen. */
  readonly rows: readonly Row[];
  /** Labels of namespaces, for namespace selectors. */
  readonly namespaces?: ReadonlyMap<string, Labels>;
  readonly preferences: PreferencePolicy;
  /**
   * `slack`: a pod goes first where no node becomes a larger one by it; cheaper mostly, sometimes more nodes. Default: the first
   * node that can take it.
   */
  readonly filling?: "first" | "slack";
  readonly order?: PodOrder;
  /** Nodes to open before all others, and what is to be on them; a pod that cannot be there after all goes its own way. */
  readonly reserved?: readonly Reserved[];
  /** Whether to buy: asked for every node that would be opened, and for the reason where none can be. */
  readonly open: (request: OpenRequest) => OpenAnswer<Refusal>;
}

/** A node with pods of this problem on it. */
export interface FilledNode {
  /** The row it is: its own where it exists, else the first in the order of rows that holds its pods. */
  readonly choice: number;
  /** All rows that would hold them. */
  readonly rows: Mask;
  /** Indices of pods, in the order they were placed. */
  readonly pods: readonly number[];
}

export interface Schedule<Refusal> {
  /** Nodes that took a pod. */
  readonly nodes: readonly FilledNode[];
  /** One for every pod that has no node, by its index. */
  readonly failures: ReadonlyMap<number, Refusal>;
  /** Indices of all pods that were placed, in the order they were. */
  readonly order: readonly number[];
}
