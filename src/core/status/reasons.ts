import { capacityReasons } from "./reasons/capacity.ts";
import { driftReasons } from "./reasons/drift.ts";
import { ownNodesReasons } from "./reasons/own-nodes.ts";
import { podReasons } from "./reasons/pods.ts";
import type { ReasonText } from "./reasons/reason-text.ts";
import { workspaceReasons } from "./reasons/workspace.ts";

/** Every reason that Ready, Reconciling and Stalled can have: the compiler takes no other. */
export type Reason = keyof typeof capacityReasons | keyof typeof podReasons | keyof typeof workspaceReasons;

/** In the order docs/reasons.md lists them. */
export const reasonGroups: readonly {
  readonly title: string;
  readonly reasons: { readonly [reason: string]: ReasonText };
}[] = [
  { title: "Nodes", reasons: capacityReasons },
  { title: "Pods", reasons: podReasons },
  { title: "The Workspace", reasons: workspaceReasons },
  { title: "Own nodes", reasons: ownNodesReasons },
  { title: "Nodes that drifted", reasons: driftReasons },
];

const texts: { readonly [R in Reason]: ReasonText } = { ...capacityReasons, ...podReasons, ...workspaceReasons };

export function reasonText(reason: Reason): ReasonText {
  return texts[reason];
}

/** Words of KAITO's that stand for something Foresail does not have, or says elsewhere, and what to look at instead. */
export const kaitoOnly: { readonly [reason: string]: string } = {
  NodeClaimsReady: "NodeClaimReady, as in KAITO",
  NodesReady: "NodesReady, as in KAITO",
  workspaceResourceStatusSuccess: "ResourceReady, as in KAITO",
  NodeClaimNotReady: "NodeClaimReady, as in KAITO; the provider's own reason takes its place where a launch failed",
  NodeNotReady: "NodesReady, as in KAITO",
  workspaceResourceStatusNotReady: "ResourceReady, as in KAITO",
  workspacePending: "WorkspaceSucceeded, as in KAITO",
  workspaceDeleted: "WorkspaceDeleting, as in KAITO",
  WorkspaceTuningJobStatusPending: "JobStarted, as in KAITO",
  ModelMirrorReady: "never: there are no ModelMirrors",
  ModelMirrorNotReady: "never: there are no ModelMirrors",
  ModelMirrorPending: "never: there are no ModelMirrors",
  ModelMirrorCreateFailed: "never: there are no ModelMirrors",
  SASTokenFetchFailed: "never: weights are not streamed",
  ModelStreamingStorageClassNotFound: "never: weights are not streamed",
  ModelStreamingInvalidStorageClass: "never: weights are not streamed",
  ModelStreamingServiceAccountInvalid: "never: weights are not streamed",
  ModelStreamingInvalidAnnotations: "never: weights are not streamed",
  BenchmarkCompleted: "never: no benchmark is run",
  BenchmarkFailed: "never: no benchmark is run",
};
