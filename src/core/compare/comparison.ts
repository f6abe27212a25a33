import type { Amount } from "../cost/amount.ts";
import type { Change, Running } from "../explain/explanation.ts";
import type { Issue } from "../issue.ts";
import type { ExpansionMemory } from "../kinds/expansion.ts";
import type { Subject } from "../report/report.ts";

/**
 * Why an expansion is of this release. git: the annotation foresail.dev/catalog names it; stored: the cluster holds it and
 * keeps it; running: neither says, so that of this version is assumed.
 */
export type ReleaseSource = "git" | "stored" | "running";

/** What runs before or after the change. */
export interface Side {
  readonly release: { readonly id: string; readonly by: ReleaseSource };
  /** Kind of the object that makes the pods. */
  readonly workload: string;
  readonly running: Running;
  /** Replicas of the model; where something else scales it, as many as are known of. */
  readonly replicas: number;
  readonly scaledByOthers: boolean;
  readonly maxModelLen?: number;
  readonly memory?: ExpansionMemory;
  readonly capacityTypes: readonly string[];
  /** Whether nodes are bought for it. */
  readonly provision: boolean;
  /** Of all replicas. */
  readonly nodes: number;
  /**
   * Of all nodes of all replicas, by the dearest way of paying that is allowed; absent where nothing is bought or no price is
   * known. `at-most`: several may be paid, one has no price of its own, or nodes may be shared with others.
   */
  readonly cost?: Amount;
}

/** What becomes of the pods that run. `unknown`: it depends on what is not in the files, as `why` says. */
export type Effect = "starts" | "ends" | "restarts" | "none" | "unknown";

/**
 * For how long nothing serves. none: never; load: until the new pod has loaded its weights, which nobody knows beforehand;
 * training: nothing serves anyway.
 */
export type Pause =
  | { readonly kind: "none" | "training" | "unknown" }
  | {
      readonly kind: "load";
      readonly weightsGiB?: number;
      /** A node has to come before. */
      readonly node?: true;
    };

export interface Pods {
  readonly effect: Effect;
  readonly why: readonly string[];
  /** Where pods restart, or may. */
  readonly pause?: Pause;
}

/** Nodes of one size, of all replicas of one object. */
export interface NodeChange {
  /** Absent: own nodes of no stated size. */
  readonly instanceType?: string;
  readonly provision: boolean;
  readonly before: number;
  readonly after: number;
}

/** moved: a Workspace that head states in another API group than base: to the cluster one object goes, and another comes. */
export type Verdict = "added" | "removed" | "moved" | "changed" | "keeps" | "refused";

/** One Workspace, or one object whose pods ask for a preset. */
export interface Compared {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly before?: Side;
  /** Absent where it goes, and where it is refused: then the cluster keeps what is before. */
  readonly after?: Side;
  /** What the author states of a Workspace otherwise; empty unless both states have it. */
  readonly inputs: readonly Change[];
  /** Below `expansion`; empty unless both sides are there. */
  readonly fields: readonly Change[];
  readonly pods: Pods;
  readonly nodes: readonly NodeChange[];
  /** What admission says of head: refusals and warnings. */
  readonly issues: readonly Issue[];
  readonly notes: readonly string[];
}

/** Sums of what has a price. */
export interface Sum extends Amount {
  readonly nodes: number;
  /** Bought nodes without a price. */
  readonly unpricedNodes: number;
}

/** All that a change of the files does, as plain data: every output format is a function of it. */
export interface Comparison {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: "foresail"; readonly version: string };
  readonly catalogue: { readonly id: string };
  /** What is compared with, as it was named. */
  readonly base: string;
  /** Whether what the cluster holds was given. */
  readonly live: boolean;
  /** Refused ones first, then removed, moved, added, changed and kept ones; each by namespace, name, kind and group. */
  readonly compared: readonly Compared[];
  readonly notes: readonly string[];
  readonly summary: {
    readonly counts: { readonly [verdict in Verdict]: number };
    /** Of what runs, how many end, restart, and perhaps restart. */
    readonly ends: number;
    readonly restarts: number;
    readonly perhaps: number;
    readonly before: Sum;
    readonly after: Sum;
  };
}
