import { nameOf, namespaceOf, textAt, textsAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import { groupOf } from "../kinds/is-workspace.ts";
import type { WorkspaceGroup } from "../kinds/workspace.ts";
import { keyOfNamed, toldGroup } from "../kinds/workspace-names.ts";
import { FINALIZER } from "../plan/deletion.ts";

/** What an uninstallation finds in a cluster. */
export interface InstalledFacts<T extends JsonObject = JsonObject> {
  /** Who would put back what is removed: `Flux Kustomization flux-system/foresail`, and how to stop that. */
  readonly appliers: readonly Applier[];
  readonly workspaces: readonly T[];
  /** NodeClaims made for Workspaces. */
  readonly claims: readonly JsonObject[];
  /** Whether a reconciler works, so that Workspaces which are deleted go. */
  readonly reconciler: boolean;
  /** Groups in which the installed Workspace definition is ours. */
  readonly definitions: readonly WorkspaceGroup[];
}

/** What applies our objects again and again. */
export interface Applier {
  readonly what: string;
  readonly remedy: string;
}

export interface UninstallPlan<T extends JsonObject = JsonObject> {
  /** Why nothing is done, each with a way out; empty: go on. */
  readonly refusals: readonly string[];
  /** Workspaces that are deleted first, and waited for. */
  readonly deleted: readonly T[];
  /** A reconciler has to be started for that: none works. */
  readonly startReconciler: boolean;
  /** Workspaces that stay, or are on their way out already, and lose our finalizer: nobody would remove it later. */
  readonly released: readonly T[];
  /** Groups whose Workspace definition goes. It stays while a Workspace does: its models would go with it. */
  readonly definitionsGo: readonly WorkspaceGroup[];
}

/**
 * How Foresail leaves a cluster: configurations, processes, finalizers, rights; with `deleteModels` all Workspaces before
 * that, while something is there to take their nodes down.
 */
export function planUninstall<T extends JsonObject>(facts: InstalledFacts<T>, deleteModels: boolean): UninstallPlan<T> {
  const { claims, reconciler, definitions } = facts;
  const workspaces = facts.workspaces.filter((one) => isServed(one, definitions));
  const refusals = facts.appliers.map(({ what, remedy }) => `${what} puts back what is removed: ${remedy}`);
  const deleted = deleteModels ? workspaces : [];
  const startReconciler = deleted.length > 0 && !reconciler;
  const ours = claims.filter(isOfAgentPools);
  if (startReconciler && ours.length > 0) {
    refusals.push(
      `nobody would remove the agent pools of ${some(ours.map(nameOf))}: run foresail up --provider aks with the options of the installation beside this command, or put the reconciler back, then repeat`,
    );
  }
  const released = deleteModels ? [] : workspaces.filter(isHeld);
  return {
    refusals,
    deleted,
    startReconciler,
    released,
    definitionsGo: definitions.filter(
      (group) => deleteModels || workspaces.filter((one) => groupOf(one) === group).every(goesWith),
    ),
  };
}

/**
 * Whether a Workspace is Foresail's to end: its definition is, or it has our finalizer. Those of a KAITO that was tried beside
 * are KAITO's.
 */
export function isServed(workspace: JsonObject, definitions: readonly WorkspaceGroup[]): boolean {
  return definitions.includes(groupOf(workspace)) || isHeld(workspace);
}

/** Whether a claim is served by our own provider: only it takes such a machine down. */
export function isOfAgentPools(claim: JsonObject): boolean {
  return textAt(claim, "spec", "nodeClassRef", "group") === "foresail.dev";
}

/** Names for a message: the first five. */
export function some(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
}

/** `namespace/name`, with the group where it is not KAITO's. */
export function keyOf(workspace: JsonObject): string {
  return keyOfNamed({ ...toldGroup(workspace), namespace: namespaceOf(workspace), name: nameOf(workspace) });
}

/**
 * What stays behind, each line with what to do about it.
 * @param workspaces those that were Foresail's
 */
export function leftLines(workspaces: readonly JsonObject[], claims: readonly JsonObject[]): readonly string[] {
  const lines: string[] = [];
  if (workspaces.length > 0) {
    lines.push(
      `${workspaces.length} Workspaces stay with their definition, and their models keep serving: ${some(workspaces.map(keyOf))}. An installation takes them up again; foresail down --everything --delete-models ends them`,
    );
  }
  const [pools, others] = [claims.filter(isOfAgentPools), claims.filter((claim) => !isOfAgentPools(claim))];
  if (others.length > 0) {
    lines.push(
      `${others.length} NodeClaims stay, and their nodes cost money: ${some(others.map(nameOf))}. kubectl delete nodeclaim NAME ends one`,
    );
  }
  if (pools.length > 0) {
    lines.push(
      `${pools.length} agent pools stay, and cost money: ${some(pools.map(nameOf))}. Only Foresail takes them down with their NodeClaims; without it: az aks nodepool delete, then remove the finalizer of the NodeClaim`,
    );
  }
  return lines;
}

function isHeld(workspace: JsonObject): boolean {
  return textsAt(workspace, "metadata", "finalizers").includes(FINALIZER);
}

/** A Workspace on its way out goes when our finalizer does, unless somebody else holds it. */
function goesWith(workspace: JsonObject): boolean {
  const others = textsAt(workspace, "metadata", "finalizers").filter((one) => one !== FINALIZER);
  return textAt(workspace, "metadata", "deletionTimestamp") !== undefined && others.length === 0;
}
