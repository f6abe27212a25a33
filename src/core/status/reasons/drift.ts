import type { ReasonText } from "./reason-text.ts";

/** Of the condition NodesDrifted, about nodes that were made. */
export const driftReasons = {
  NodesDrifted: {
    meaning:
      "A node of the Workspace differs from what would be made today, as its provider says, or ends by itself at a stated time.",
    next: "nothing to do: the model runs on; to move it when it suits, delete its pod and then the NodeClaim",
    stalled: "never",
  },
} as const satisfies { readonly [reason: string]: ReasonText };
