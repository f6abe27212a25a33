import type { ReasonText } from "./reason-text.ts";

/** About the Workspace and its objects as a whole. */
export const workspaceReasons = {
  Running: {
    meaning: "A model answers on the Service, and all pods are ready.",
    next: "nothing to do",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusSuccess",
  },
  Paused: {
    meaning:
      "Paused by foresail.dev/replicas: 0, or scaled to 0 from outside (replicas external). Nodes are given back, everything else is kept. Ready is True.",
    next: "set foresail.dev/replicas to 1 or more to serve again; with external, have the scaler or kubectl scale ask for a pod",
    stalled: "never",
  },
  workspaceSucceeded: {
    meaning: "The training is complete. Ready is True.",
    next: "nothing to do; a changed input trains again",
    stalled: "never",
    kaito: "workspaceSucceeded (WorkspaceSucceeded)",
  },
  AwaitingAdoption: {
    meaning:
      "What KAITO made for this Workspace serves, and is left as it is: workload, Services, nodes. Ready is True; while its pods do not serve, the reason is theirs.",
    next: 'nothing to do; to have Foresail\'s own workload take its place, change an input or set foresail.dev/adopt: "true"',
    stalled: "never",
    kaito: "WorkspaceInferenceStatusSuccess",
  },
  Creating: {
    meaning: "The workload is being created.",
    next: "nothing to do",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  ExpansionMissing: {
    meaning:
      "Admission has not written the expansion: its webhook did not run, or it refuses what was stored before it came, which the message says then. What runs is left alone.",
    next: "see that the webhook runs; it is asked again every 15 seconds",
    stalled: "never",
  },
  ExpansionNotOurs: {
    meaning: "The expansion is not what admission would have written for these inputs. Nothing is created.",
    next: "change any input, or remove expansion, so that admission writes it again",
    stalled: "always",
  },
  ReleaseNotCarried: {
    meaning: "The expansion is of a catalogue release that this reconciler does not carry.",
    next: "nothing to do while versions are rolled out; change any input to use the release that runs",
    stalled: "never",
  },
  NameTaken: {
    meaning:
      "An object of the name of ours exists and belongs to somebody else, or a Workspace of the same name in the other group (kaito.sh, foresail.dev) had it first. It is left alone, and nothing is made.",
    next: "remove it, or use another name for the Workspace",
    stalled:
      "when GitOps is not about to prune what has the name: for an object at once, for another Workspace after a minute",
  },
  WaitingForPredecessor: {
    meaning: "Objects of a deleted Workspace of this name are still going.",
    next: "nothing to do: they go within seconds",
    stalled: "never",
  },
  ApplyFailed: {
    meaning: "The API server refused something that the Workspace needs, or does not let it be read. Its words.",
    next: "mend what refuses it; it is tried again by itself",
    stalled: "never",
  },
} as const satisfies { readonly [reason: string]: ReasonText };
