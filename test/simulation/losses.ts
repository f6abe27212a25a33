import { conditionAt, isTrue, textAt } from "../../src/core/capacity/fields.ts";
import { isOver, nodeOf } from "../../src/core/capacity/pod.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";
import type { ApiServer } from "./api-server.ts";

/**
 * Watches that no node is taken from under a pod that runs, but for a Workspace that is to go.
 * @returns what was lost so far
 */
export function watchLosses({ store }: Stage, api: ApiServer): () => readonly string[] {
  const found: string[] = [];
  api.onDelete = (plural, claim) => {
    const name = plural === "nodeclaims" ? textAt(claim, "status", "nodeName") : undefined;
    if (name === undefined || claim.metadata.deletionTimestamp !== undefined) return;
    const node = store.get("nodes", undefined, name);
    // A machine that is lost takes its pods along whatever we do.
    if (node === undefined || node.metadata.deletionTimestamp !== undefined || !isTrue(conditionAt(node, "Ready")))
      return;
    const going = ownerOfClaim(claim).some((key) => {
      const [namespace, name = ""] = key.split("/");
      return store.get("workspaces", namespace, name)?.metadata.deletionTimestamp !== undefined;
    });
    const running = store
      .list("pods")
      .filter((pod) => nodeOf(pod) === name && !isOver(pod) && pod.metadata.deletionTimestamp === undefined);
    if (!going && running.length > 0)
      found.push(`NodeClaim ${claim.metadata.name} is deleted under ${running.map(keyOfObject).join(", ")}`);
  };
  return () => found;
}
