import { conditionAt, isTrue, textAt } from "../../src/core/capacity/fields.ts";
import { isOver, isReady, nodeOf } from "../../src/core/capacity/pod.ts";
import { PODS_PATIENCE_MS } from "../../src/core/plan/live.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";

/** Registers who is told of each deletion that is asked for, before it is carried out. */
export type Asked = (told: (plural: string, object: KubeObject) => void) => void;

/**
 * Watches that no node is taken from under a pod that runs, but for a Workspace that is to go; and that none goes before its
 * time, whatever the clock says: an empty one before its grace period, one of a deleted Workspace under pods that end.
 * @param graceMs how long a node is kept without a pod
 * @returns what was lost so far
 */
export function watchLosses({ store, time }: Stage, asked: Asked, graceMs: number): () => readonly string[] {
  const found: string[] = [];
  // By node: when a pod that was ready was there last.
  const usedMs = new Map<string, number>();
  // By Workspace: when it was deleted.
  const deletedMs = new Map<string, number>();
  store.onChange(({ plural, before, after }) => {
    if (plural === "workspaces" && after?.metadata.deletionTimestamp !== undefined) {
      const key = keyOfObject(after);
      deletedMs.set(key, deletedMs.get(key) ?? time.nowMs());
    } else if (plural === "workspaces") deletedMs.delete(keyOfObject(after ?? (before as KubeObject)));
    if (plural !== "pods") return;
    for (const pod of [before, after]) {
      const node = pod === undefined || !isReady(pod) ? undefined : nodeOf(pod);
      if (node !== undefined) usedMs.set(node, time.nowMs());
    }
  });
  const early = (claim: KubeObject, node: string, pods: readonly KubeObject[]): string | undefined => {
    const emptyMs = time.nowMs() - (usedMs.get(node) ?? Number.NEGATIVE_INFINITY);
    const why = claim.metadata.annotations?.["foresail.dev/deleted-because"];
    if (why?.startsWith("no pod has used its node") === true && emptyMs < graceMs)
      return `is deleted after ${emptyMs} ms without a pod`;
    const waitedMs = ownerOfClaim(claim).map((key) => time.nowMs() - (deletedMs.get(key) ?? Number.NEGATIVE_INFINITY));
    // Not what the life of the machine ends: a machine that is gone takes its pods along.
    if (why !== "its Workspace is deleted") return undefined;
    const ending = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined);
    if (ending.length > 0 && waitedMs.some((ms) => ms < PODS_PATIENCE_MS))
      return `is deleted while ${ending.map(keyOfObject).join(", ")} end`;
    return undefined;
  };
  asked((plural, claim) => {
    const name = plural === "nodeclaims" ? textAt(claim, "status", "nodeName") : undefined;
    if (name === undefined || claim.metadata.deletionTimestamp !== undefined) return;
    const node = store.get("nodes", undefined, name);
    // A machine that is lost takes its pods along whatever we do.
    if (node === undefined || node.metadata.deletionTimestamp !== undefined || !isTrue(conditionAt(node, "Ready")))
      return;
    const going = ownerOfClaim(claim).some((key) => deletedMs.has(key));
    const pods = store.list("pods").filter((pod) => nodeOf(pod) === name && !isOver(pod));
    const running = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const sinceStepMs = time.nowMs() - time.steppedMs();
    const stepped = `, ${Math.round(sinceStepMs / 1000)} s after the clock was set`;
    if (!going && running.length > 0)
      found.push(`NodeClaim ${claim.metadata.name} is deleted under ${running.map(keyOfObject).join(", ")}${stepped}`);
    const tooEarly = early(claim, name, pods);
    if (tooEarly !== undefined) found.push(`NodeClaim ${claim.metadata.name} ${tooEarly}${stepped}`);
  });
  return () => found;
}
