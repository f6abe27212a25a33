import { nodeOf } from "../capacity/pod.ts";
import type { WorkspaceStatus } from "../kinds/workspace-status.ts";
import { expansionHash } from "./accepted.ts";
import { dated, NODES_MATCH, type Statement, statement } from "./conditions.ts";
import { finishedMessage } from "./finished.ts";
import { phasesOf } from "./phases.ts";
import { driftReasons } from "./reasons/drift.ts";
import { ownNodesReasons } from "./reasons/own-nodes.ts";
import { reasonText } from "./reasons.ts";
import { nodeStatuses, resourceStatements } from "./resources.ts";
import { inferenceStatement, jobStatement, obstacle, pausedMessage } from "./serving.ts";
import type { Situation, Trouble } from "./situation.ts";
import { advised, withStep } from "./trouble.ts";

export interface StatusResult {
  readonly status: WorkspaceStatus;
  /** The condition Ready, for events and logs. */
  readonly ready: Statement;
  readonly warn: boolean;
}

/** The whole status of a Workspace: KAITO's conditions and state, those that Flux and Argo CD wait for, and its nodes. */
export function statusOf(situation: Situation): StatusResult {
  const { workspace, expansion, nowMs, pods, attempts, upgrade } = situation;
  const phases = phasesOf(situation);
  const found = obstacle(situation);
  const ready = readyStatement(situation, found);
  const statements = [
    ready,
    ...progressing(situation, found),
    ...drifted(situation),
    ...mismatched(situation),
    ...kaitoStatements(situation, found, ready),
  ];
  const generation = workspace.metadata.generation;
  const workerNodes = [...new Set(pods.map(nodeOf).filter((name) => name !== undefined))].sort();
  const nodes = nodeStatuses(situation);
  const status: WorkspaceStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: dated(statements, workspace.status?.conditions ?? [], generation, nowMs),
    state: stateOf(situation, ready),
    targetNodeCount: Math.max(situation.desiredPods, expansion.workload.kind === "Job" ? 1 : 0),
    ...(workerNodes.length > 0 ? { workerNodes } : {}),
    ...(nodes.length > 0 ? { nodes } : {}),
    ...(attempts.length > 0 ? { attempts } : {}),
    ...(phases.length > 0 ? { phases } : {}),
    ...(upgrade === undefined ? {} : { upgrade }),
    acceptedExpansion: expansionHash(expansion),
    ...(situation.takenOverInputs === undefined ? {} : { takenOverInputs: situation.takenOverInputs }),
    // Measured by others; leaving it out would not remove it, but would look like a difference for ever.
    ...(workspace.status?.performance === undefined ? {} : { performance: workspace.status.performance }),
  };
  return { status, ready, warn: found !== undefined && (found.stalled || found.failing === true) };
}

/** The status while a Workspace is being deleted. */
export function deletingStatus(situation: Pick<Situation, "workspace" | "nowMs">, waitsFor: string): WorkspaceStatus {
  const { workspace, nowMs } = situation;
  const generation = workspace.metadata.generation;
  const before = workspace.status?.conditions ?? [];
  const deleting = statement("WorkspaceDeleting", true, "workspaceDeleted", waitsFor);
  // What was true of the model is not looked at any more; it stays as it was last seen, so that nothing flaps.
  const kept = before.filter((condition) => condition.type !== deleting.type);
  return {
    ...workspace.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: [...kept, ...dated([deleting], before, generation, nowMs)],
  };
}

function readyStatement(situation: Situation, found: Trouble | undefined): Statement {
  const type = "Ready";
  if (found === undefined) {
    if (situation.finished !== undefined)
      return statement(type, true, "workspaceSucceeded", finishedMessage(situation));
    if (situation.awaiting !== undefined) return awaiting(situation.awaiting);
    return situation.desiredPods === 0
      ? statement(type, true, "Paused", pausedMessage(situation))
      : statement(type, true, "Running", "a model answers on the Service");
  }
  // False is a failure to Argo CD's usual scripts and would block sync waves during a normal start.
  const failed = found.stalled || found.failing === true;
  return { type, status: failed ? "False" : "Unknown", reason: found.reason, message: advised(found) };
}

/** What KAITO runs serves: nothing is wrong, and nothing happens until git says so. */
function awaiting(message: string): Statement {
  return statement("Ready", true, "AwaitingAdoption", withStep(message, reasonText("AwaitingAdoption").next));
}

/** Told and not acted upon; absent where there is nothing to tell. */
function drifted({ drift }: Situation): readonly Statement[] {
  if (drift === undefined) return [];
  return [statement("NodesDrifted", true, "NodesDrifted", withStep(drift, driftReasons.NodesDrifted.next))];
}

/** Of nodes the user brings; absent where they are what is stated. The model may run all the same, so nothing stalls. */
function mismatched({ ownNodes }: Situation): readonly Statement[] {
  if (ownNodes === undefined) return [];
  const { reason, message } = ownNodes;
  return [statement(NODES_MATCH, false, reason, withStep(message, ownNodesReasons[reason].next))];
}

/** Never both: kstatus takes the first of the two it meets. */
function progressing({ finished }: Situation, found: Trouble | undefined): readonly Statement[] {
  if (found === undefined) return [];
  const type = found.stalled || finished === "failed" ? "Stalled" : "Reconciling";
  return [statement(type, true, found.reason, advised(found))];
}

function kaitoStatements(situation: Situation, found: Trouble | undefined, ready: Statement): readonly Statement[] {
  const resources = resourceStatements(situation);
  const workspaceReady = statement("WorkspaceReady", ready.status === "True", ready.reason, ready.message);
  if (situation.expansion.workload.kind !== "Job") {
    const succeeded =
      ready.status === "True"
        ? statement("WorkspaceSucceeded", true, "workspaceSucceeded", ready.message)
        : statement("WorkspaceSucceeded", false, "workspacePending", ready.message);
    return [workspaceReady, ...resources, inferenceStatement(situation, found), succeeded];
  }
  return [workspaceReady, ...resources, jobStatement(situation), tuningSucceeded(situation, ready)];
}

function tuningSucceeded(situation: Situation, ready: Statement): Statement {
  const type = "WorkspaceSucceeded";
  if (situation.finished === undefined) return statement(type, false, "workspacePending", ready.message);
  const succeeded = situation.finished === "succeeded";
  return statement(type, succeeded, succeeded ? "workspaceSucceeded" : "workspaceFailed", finishedMessage(situation));
}

function stateOf(situation: Situation, ready: Statement): string {
  if (situation.expansion.workload.kind === "Job") {
    if (situation.finished !== undefined) return situation.finished === "succeeded" ? "Succeeded" : "Failed";
    return jobStatement(situation).status === "True" ? "Running" : "Pending";
  }
  if (ready.status === "True") return "Ready";
  const before = situation.workspace.status?.state;
  return before === "Ready" || before === "NotReady" ? "NotReady" : "Pending";
}
