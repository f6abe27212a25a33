import type { ReasonText } from "./reason-text.ts";

/** Between a pod and its node. */
export const capacityReasons = {
  WaitingForCapacity: {
    meaning: "A node is asked for, or is on its way.",
    next: "nothing to do: the model starts when the node is there",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  WaitingForScheduler: {
    meaning:
      "A node is Ready and has room, or will have when a pod that ends is gone; the scheduler has not used it yet.",
    next: "nothing to do: the scheduler looks again when the node changes",
    stalled: "never",
    kaito: "Unschedulable",
  },
  QuotaExceeded: {
    meaning:
      "The cloud's quota does not hold another node of any size that may be used. Names the quota and how many cores are short.",
    next: "raise the quota, free cores of it, or state foresail.dev/fallback-instance-types of another family; it is tried again by itself",
    stalled: "when the quota is smaller than one node, so that nothing that others free would do",
    kaito: "Unschedulable",
  },
  OutOfStock: {
    meaning:
      "Every offering that may be used was refused a short time ago. Lists them, what is not tried because another was refused, and when the next is tried.",
    next: "nothing to do: it is tried again by itself; more choice brings a node sooner (foresail.dev/fallback-instance-types, foresail.dev/zones, foresail.dev/capacity-type)",
    stalled: "never",
    kaito: "Unschedulable",
  },
  AuthorizationFailed: {
    meaning: "The cloud does not let the provider make a machine for want of a right. The cloud's words.",
    next: "give the provider's identity the right that is named; it is asked again by itself",
    stalled: "always",
    kaito: "Unschedulable",
  },
  InvalidRequest: {
    meaning:
      "The cloud, a policy there or the provider itself does not accept the machine as it is asked for. Their words.",
    next: "mend what is named, in the Workspace, the provider's settings or the cloud; it is asked again by itself, every few minutes",
    stalled: "always",
    kaito: "Unschedulable",
  },
  MachineNameTaken: {
    meaning: "A machine of the claim's name exists in the cloud and belongs to somebody else. It is left alone.",
    next: "remove that machine, or give it another name; it is asked again by itself",
    stalled: "always",
    kaito: "Unschedulable",
  },
  TooExpensive: {
    meaning:
      "Every offering that is left costs more than foresail.dev/max-hourly-price beside the nodes the Workspace has, or has no known price.",
    next: "raise foresail.dev/max-hourly-price or choose a smaller size (foresail explain lists those that do)",
    stalled: "when more than a node that goes is in the way",
    kaito: "Unschedulable",
  },
  LimitReached: {
    meaning:
      "Another node would go beyond the limits of this installation, or its price or GPUs are not known and might; or the cluster has as many pools as AKS allows.",
    next: "give other nodes back or raise the reconciler's --limits-nodes, --limits-gpus or --limits-hourly-price-usd",
    stalled: "when the price or the GPUs of what would be bought, or of nodes that are there, are not known",
    kaito: "Unschedulable",
  },
  PodDoesNotFitNode: {
    meaning:
      "The pod fits on no size that may be used, by the catalogue or by the Workspace's own node of that size, which is there and empty.",
    next: "ask for less or choose a larger size; another node of this size would not help and is not bought",
    stalled: "always",
    kaito: "Unschedulable",
  },
  VolumeNodeAffinityConflict: {
    meaning:
      "A volume of the pod can be used only where no node may be bought: names the volume, its claim, the zone or label, and the zones that the Workspace allows.",
    next: "add the zone to foresail.dev/zones, or use a volume that can be used where nodes may be",
    stalled: "always",
    kaito: "Unschedulable",
  },
  ResourceClaimsUnsupported: {
    meaning:
      "The pod asks for devices by resource claims (DRA, spec.resourceClaims), and no node is bought for these: what a new node would offer to them is not known before it is there.",
    next: 'ask for GPUs with resources.limits, as nvidia.com/gpu; or bring nodes whose driver serves the claims, and state foresail.dev/provision: "false"',
    stalled: "always",
    kaito: "Unschedulable",
  },
  Unschedulable: {
    meaning:
      "Nodes are brought along (provision false), and none of them takes the pod: the scheduler says why. Or they are bought, and none that may be had would keep the pod's topology spread, or its affinity to other pods.",
    next: "bring a node with the labels, GPUs and taints that the pod asks for",
    stalled: "never",
    kaito: "Unschedulable",
  },
  NodeNotJoining: {
    meaning:
      "The cloud says that the machine runs, and its node has not joined the cluster for longer than nodes take (the reconciler's --node-patience).",
    next: "look at the machine's boot log and whether it reaches the API server; the provider replaces it when its own time is over",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusPending",
  },
  GpuNotReady: {
    meaning:
      "The node is Ready and offers no GPU, not yet or not any more. Names the DaemonSet of the device plugin that leaves the node out, and the taint it has no toleration for, or says that there is none.",
    next: "nothing to do yet: drivers and device plugin take some minutes after a node is Ready",
    stalled: "when no DaemonSet of a device plugin would run on the node, and --node-patience is over",
    kaito: "WorkspaceInferenceStatusPending",
  },
  RolloutWaitingForCapacity: {
    meaning: "The old pods serve; the new ones have no node yet. Says why, as the reasons above do.",
    next: "nothing to do: the old pods serve until the new ones are ready; foresail.dev/rollout: recreate does without a second node, and without the model meanwhile",
    stalled: "never",
    kaito: "WorkspaceInferenceStatusSuccess",
  },
} as const satisfies { readonly [reason: string]: ReasonText };
