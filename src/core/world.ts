import type { ProviderSettings } from "./capacity/claim-object.ts";
import type { Elsewhere } from "./capacity/elsewhere.ts";
import type { Limits, Usage } from "./capacity/question.ts";
import type { Labels } from "./capacity/requirements.ts";
import type { Volumes } from "./capacity/volumes/volumes.ts";
import type { JsonObject } from "./json.ts";
import type { Workspace } from "./kinds/workspace.ts";
import type { Attempt } from "./kinds/workspace-status.ts";
import type { Quota } from "./machine/failure.ts";
import type { Launching } from "./plan/launch-budget.ts";
import type { PresetPods } from "./preset-pod/trial.ts";
import type { KaitoNodes } from "./take-over/kaito-made.ts";

/** A claim that disappeared, or is about to, as it was last seen. */
export interface VanishedClaim {
  readonly claim: JsonObject;
  readonly goneMs: number;
}

/** The facts of one moment about one Workspace: raw objects from the cluster, the installation's settings, the time. */
export interface World {
  readonly nowMs: number;
  readonly namespace: string;
  readonly name: string;
  /** Absent once the object is gone. */
  readonly workspace?: Workspace;
  /** The Workspace of the same namespace and name in the other group. */
  readonly namesake?: Workspace;
  /** Live objects that carry a name of ours, whoever made them, and all others controlled by this Workspace. */
  readonly children: readonly JsonObject[];
  /** The ConfigMap the user named in inference.config or tuning.config, if it exists. */
  readonly configMap?: JsonObject;
  /** Pods of the Workspace and of those that may use the same nodes, and all others bound to its nodes. */
  readonly pods: readonly JsonObject[];
  /** Events that tell why its StatefulSet or Job could not create a pod. */
  readonly refusals?: readonly JsonObject[];
  /** Nodes of the Workspace's claims and pods. */
  readonly nodes: readonly JsonObject[];
  /**
   * Where a Workspace brings its own nodes: all that may have the labels it selects, whoever uses them. The same list as long
   * as nothing of them changes that is compared.
   */
  readonly ownNodes?: readonly JsonObject[];
  /** NodeClaims with the Workspace's labels. */
  readonly claims: readonly JsonObject[];
  /** Other Workspaces that may use the same nodes (placement shared). */
  readonly sharers: number;
  /** Themselves: nodes are bought for all at once. */
  readonly shareOwners?: readonly Workspace[];
  /** Shared claims that are being made at this moment and that no watch has shown. */
  readonly comingClaims?: readonly JsonObject[];
  /** Where the nodes of one share key are looked at and pods that ask for a preset use them. */
  readonly presetPods?: PresetPods;
  readonly vanished: readonly VanishedClaim[];
  /** What other Workspaces learnt of the market and that holds for this one, too. */
  readonly othersAttempts?: readonly Attempt[];
  /** Since when claims have been seen without pods, by name. */
  readonly emptySinceMs: { readonly [claim: string]: number };
  /** Since when a Ready node has had room for a waiting pod, by pod. */
  readonly roomSinceMs?: { readonly [pod: string]: number };
  /** Since when nodes that joined have been seen not to be usable, by what `unready` calls them. Absent: their dates alone decide. */
  readonly unreadySinceMs?: { readonly [unready: string]: number };
  /** Since when pods, and the Workspace, have been seen to be on their way out, by `leaving`. Absent: their dates alone decide. */
  readonly leavingSinceMs?: { readonly [leaving: string]: number };
  /** Names of all claims. */
  readonly heldNames?: ReadonlySet<string>;
  /** How many nodes may be launched at a time; absent: any number. */
  readonly launching?: Launching;
  readonly emptyNodeGraceMs: number;
  /** How long a machine may take to join, and a Ready node to offer its GPUs. Absent: 5 minutes. */
  readonly nodePatienceMs?: number;
  /** Name, namespace and pod template of all DaemonSets: which of them bring GPUs to nodes, and what they take of them. */
  readonly daemonSets?: readonly JsonObject[];
  /** Labels of the namespaces of its pods, where one of these selects namespaces by labels. */
  readonly namespaces?: ReadonlyMap<string, Labels>;
  /** Volumes of the pods that have no node, and of the pod template. */
  readonly volumes?: Volumes;
  /** Pods on other nodes that its pods, or those of its template, speak of in their affinity. */
  readonly elsewhere?: Elsewhere;
  /** Quotas that were read, by instance type on demand, and of spot by `SPOT_QUOTA`. */
  readonly quotas?: ReadonlyMap<string, Quota>;
  /** Size of the images of its pods, where some node of the cluster has them, by reference. */
  readonly imageBytes?: { readonly [image: string]: number };
  /** Events that tell which volumes of its pods cannot be mounted. */
  readonly mountFailures?: readonly JsonObject[];
  readonly limits: Limits;
  /** Over all claims of the installation. */
  readonly usage: Usage;
  readonly settings: ProviderSettings;
  /** Where KAITO's own controller runs: then nothing is written for Workspaces of its group. */
  readonly kaito?: string;
  /** What KAITO made for this Workspace to run on; its workload is among the children. Absent: KAITO never looked at it. */
  readonly kaitoNodes?: KaitoNodes;
  /** Whether the definition of workspaces.kaito.sh lacks `expansion`: each write would drop it, so there is none. */
  readonly foreignDefinition?: true;
  /** What the API server answered to the last plan for this Workspace, if it refused an action. */
  readonly failure?: string;
  /** What the API server answered to a read that it does not allow: facts are missing, and nothing is decided without them. */
  readonly unread?: string;
}
