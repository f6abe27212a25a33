import type { Action } from "../action.ts";
import { sameJson } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import type { WorkspaceStatus } from "../kinds/workspace-status.ts";
import { dated, NODES_MATCH, OURS, type Statement, statement } from "../status/conditions.ts";
import type { Trouble } from "../status/situation.ts";
import type { StatusResult } from "../status/status.ts";
import { advised } from "../status/trouble.ts";
import type { World } from "../world.ts";

/** Status and event of a result, as far as they differ from what is known already. */
export function telling(workspace: Workspace, { status, ready, warn }: StatusResult): readonly Action[] {
  if (sameStatus(status, workspace.status)) return [];
  return [{ kind: "applyStatus", status }, ...eventOf(workspace, ready, warn), ...nodesEvent(workspace, status)];
}

export function sameStatus(one: WorkspaceStatus, other: WorkspaceStatus | undefined): boolean {
  return sameJson(comparable(one), comparable(other));
}

/** Conditions that somebody else keeps on the same object are no difference, nor is the order the API server gives them. */
function comparable(status: WorkspaceStatus | undefined): WorkspaceStatus | undefined {
  if (status?.conditions === undefined) return status;
  const ours = status.conditions.filter((condition) => OURS.includes(condition.type));
  return { ...status, conditions: ours.sort((a, b) => (a.type < b.type ? -1 : 1)) };
}

/** One event when the reason changes: times and counts inside messages are no news. */
function eventOf(workspace: Workspace, ready: Statement, warn: boolean): readonly Action[] {
  const before = workspace.status?.conditions?.find((condition) => condition.type === "Ready");
  if (before?.reason === ready.reason && before.status === ready.status) return [];
  return [{ kind: "event", type: warn ? "Warning" : "Normal", reason: ready.reason, note: ready.message }];
}

/** Of nodes the user brings; those of the labels nobody has are told of by Ready as well, and may be on their way. */
function nodesEvent(workspace: Workspace, status: WorkspaceStatus): readonly Action[] {
  const of = ({ conditions }: WorkspaceStatus) => conditions?.find(({ type }) => type === NODES_MATCH);
  const now = of(status);
  if (now === undefined || now.reason === of(workspace.status ?? {})?.reason) return [];
  const type = now.reason === "HardwareDiffers" ? "Warning" : "Normal";
  return [{ kind: "event", type, reason: now.reason, note: now.message }];
}

/** The status where nothing can be said but the trouble: conditions of what runs stay as they were. */
export function tell(world: World, workspace: Workspace, trouble: Trouble): readonly Action[] {
  const { reason, stalled } = trouble;
  const message = advised(trouble);
  const ready: Statement = { type: "Ready", status: stalled ? "False" : "Unknown", reason, message };
  const statements = [
    ready,
    statement(stalled ? "Stalled" : "Reconciling", true, reason, message),
    statement("WorkspaceReady", false, reason, message),
  ];
  const ours = ["Ready", "Stalled", "Reconciling", "WorkspaceReady"];
  const before = workspace.status?.conditions ?? [];
  const generation = workspace.metadata.generation;
  const status: WorkspaceStatus = {
    state: "Pending",
    ...workspace.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: [
      ...dated(statements, before, generation, world.nowMs),
      ...before.filter((condition) => !ours.includes(condition.type)),
    ],
  };
  return telling(workspace, { status, ready, warn: stalled });
}
