import type { Workspace } from "../kinds/workspace.ts";
import type { Situation, Trouble } from "./situation.ts";

/**
 * A Job that ended is remembered in the condition WorkspaceSucceeded, together with the inputs it ran for: even when
 * somebody deletes the Job (or a TTL does), it never runs again for the same inputs.
 */
export function finishedMessage(situation: Pick<Situation, "finished" | "expansion">): string {
  const how = situation.finished === "succeeded" ? "the training is complete" : "the training has failed";
  return `${how}; it ran for the inputs ${situation.expansion.inputsHash} and runs again when one changes`;
}

/** How the Job for the present inputs ended, by what the status remembers. */
export function rememberedEnd(workspace: Workspace): Situation["finished"] {
  const condition = workspace.status?.conditions?.find((one) => one.type === "WorkspaceSucceeded");
  const inputs = workspace.expansion?.inputsHash;
  if (condition === undefined || inputs === undefined || !condition.message.includes(inputs)) return undefined;
  if (condition.reason === "workspaceSucceeded") return "succeeded";
  return condition.reason === "workspaceFailed" ? "failed" : undefined;
}

/**
 * How the Job ended that KAITO ran, by KAITO's own status: where no status of ours is written yet, and the Job may be gone.
 * KAITO runs no training twice, and neither does taking over.
 */
export function endUnderKaito({ status }: Workspace): Situation["finished"] {
  const condition = status?.conditions?.find((one) => one.type === "WorkspaceSucceeded");
  if (status?.acceptedExpansion !== undefined || condition === undefined) return undefined;
  if (condition.reason === "workspaceSucceeded") return "succeeded";
  return condition.reason === "workspaceFailed" ? "failed" : undefined;
}

export function failedTraining(situation: Pick<Situation, "finished" | "expansion">): Trouble {
  return { reason: "TrainingFailed", message: finishedMessage(situation), stalled: true };
}
