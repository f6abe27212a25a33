import type { Claim, NodeFacts } from "../capacity/claim.ts";
import type { ClosedAlong } from "../capacity/offerings.ts";
import type { Waiting } from "../capacity/question.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion, Workspace } from "../kinds/workspace.ts";
import type { Attempt } from "../kinds/workspace-status.ts";
import type { OwnNodesFinding } from "../own-nodes/finding.ts";
import type { Trouble } from "./trouble.ts";

export type { Trouble };

/** What the status is made from. */
export interface Situation {
  readonly nowMs: number;
  readonly workspace: Workspace;
  readonly expansion: Expansion;
  /** The live workload of the stated kind. */
  readonly workload?: JsonObject;
  /** Whether the live workload was made from the present template. */
  readonly current: boolean;
  /** Own pods that are not on their way out. */
  readonly pods: readonly JsonObject[];
  /** Events that tell why the workload could not create a pod. */
  readonly refusals: readonly JsonObject[];
  /** Own claims that are not on their way out. */
  readonly claims: readonly Claim[];
  readonly nodes: readonly NodeFacts[];
  /** The same claims and nodes as the API server has them, for times and further conditions. */
  readonly rawClaims: readonly JsonObject[];
  readonly rawNodes: readonly JsonObject[];
  /** All DaemonSets, among them the device plugins. */
  readonly daemonSets: readonly JsonObject[];
  /** Size of images that some node of the cluster has, by reference. */
  readonly imageBytes: { readonly [image: string]: number };
  /** Events that tell which volumes of its pods cannot be mounted. */
  readonly mountFailures: readonly JsonObject[];
  /** Since when nodes that were usable have been seen without GPUs, by `lostGpusName`. */
  readonly unreadySinceMs: { readonly [name: string]: number } | undefined;
  /** How long a machine may take to join, and a Ready node to offer its GPUs, before that is trouble. */
  readonly nodePatienceMs: number;
  readonly desiredPods: number;
  /** Whether nodes are created for this Workspace. */
  readonly provisions: boolean;
  readonly waiting: readonly Waiting[];
  readonly attempts: readonly Attempt[];
  /** Refusals that other Workspaces met and that close something of this one. */
  readonly othersAttempts: readonly Attempt[];
  /** What may be used and is not tried, because something else was refused. */
  readonly closedAlong: readonly ClosedAlong[];
  /** Nodes that differ from what would be made today, or end by themselves. */
  readonly drift?: string;
  /** How the nodes that the user brings are not what the Workspace states. */
  readonly ownNodes?: OwnNodesFinding;
  readonly trouble?: Trouble;
  /** How a tuning Job ended. */
  readonly finished?: "succeeded" | "failed";
  /** What KAITO runs and is left as it is, in words: everything else is told of that. */
  readonly awaiting?: string;
  /** The inputs at the first look at what KAITO made, as long as some of it runs. */
  readonly takenOverInputs?: string;
  readonly upgrade?: { readonly release: string; readonly restarts: boolean; readonly changes: readonly string[] };
}
