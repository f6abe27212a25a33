import type { Condition } from "../kinds/workspace-status.ts";
import { MOST_MESSAGE_CHARACTERS } from "./trouble.ts";

/** Whether the nodes the user brings are what the Workspace states; absent where they are. */
export const NODES_MATCH = "NodesMatch";

/** Every type of condition we write. */
export const OURS: readonly string[] = [
  "Ready",
  "Reconciling",
  "Stalled",
  "WorkspaceReady",
  "NodeClaimReady",
  "NodesReady",
  "NodesDrifted",
  NODES_MATCH,
  "ResourceReady",
  "InferenceReady",
  "JobStarted",
  "WorkspaceSucceeded",
  "WorkspaceDeleting",
];

/** What a condition says; time and generation are added by `dated`. */
export interface Statement {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
}

export function statement(type: string, holds: boolean, reason: string, message = ""): Statement {
  return { type, status: holds ? "True" : "False", reason, message };
}

/** Conditions as they are stored. The transition time moves only when the status does, so an unchanged world writes nothing. */
export function dated(
  statements: readonly Statement[],
  before: readonly Condition[],
  generation: number | undefined,
  nowMs: number,
): readonly Condition[] {
  return statements.map((one) => {
    const previous = before.find((condition) => condition.type === one.type);
    const same = previous !== undefined && previous.status === one.status;
    return {
      type: one.type,
      status: one.status,
      reason: asReason(one.reason),
      message: cut(one.message),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: same ? previous.lastTransitionTime : new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z"),
    };
  });
}

/** Reasons of others (claims, pods) are passed on; the API server takes letters, digits, `_`, `,` and `:` only. */
function asReason(reason: string): string {
  const clean = reason
    .replace(/[^A-Za-z0-9_,:]/g, "")
    .replace(/^[^A-Za-z]+/, "")
    .replace(/[,:]+$/, "");
  return clean === "" ? "Unknown" : clean.slice(0, 128);
}

function cut(message: string): string {
  return message.length <= MOST_MESSAGE_CHARACTERS ? message : `${message.slice(0, MOST_MESSAGE_CHARACTERS - 1)}…`;
}
