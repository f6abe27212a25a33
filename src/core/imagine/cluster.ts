import type { ProviderSettings } from "../capacity/claim-object.ts";
import type { Limits } from "../capacity/question.ts";
import type { Volumes } from "../capacity/volumes/volumes.ts";
import type { JsonObject } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";

/** A whole cluster as plain data, so that it can be imagined further without touching the real one. */
export interface Cluster {
  readonly nowMs: number;
  readonly workspaces: readonly Workspace[];
  /** Deployments, StatefulSets, Jobs, Services, NetworkPolicies and ConfigMaps: ours, and namesakes of ours. */
  readonly children: readonly JsonObject[];
  /** ConfigMaps that Workspaces name. */
  readonly configMaps: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
  readonly nodes: readonly JsonObject[];
  readonly claims: readonly JsonObject[];
  readonly volumes: Volumes;
  readonly daemonSets: readonly JsonObject[];
  readonly namespaces: readonly JsonObject[];
  /** Since when claims have been without pods, by the key of the Workspace that was looked at. */
  readonly emptySinceMs: { readonly [workspace: string]: { readonly [claim: string]: number } };
  /** Where KAITO's own controller runs. */
  readonly kaito?: string;
  readonly installation: Installation;
}

/** The flags of the reconciler that a plan depends on. */
export interface Installation {
  readonly settings: ProviderSettings;
  readonly limits: Limits;
  readonly emptyNodeGraceMs: number;
}
