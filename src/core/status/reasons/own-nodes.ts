import type { ReasonText } from "./reason-text.ts";

/** Of the condition NodesMatch, about nodes the user brings. */
export const ownNodesReasons = {
  NoNodeSelected: {
    meaning: "No node has the labels of `resource.labelSelector`.",
    next: "give nodes these labels, or have an autoscaler bring some that have them",
    stalled: "never",
  },
  HardwareDiffers: {
    meaning:
      "Nodes that the Workspace selects have fewer or smaller GPUs than it states, or are of another size. Says which, and what they have.",
    next: "state what the nodes have (foresail.dev/gpu or resource.instanceType), or select others",
    stalled: "never",
  },
} as const satisfies { readonly [reason: string]: ReasonText };
