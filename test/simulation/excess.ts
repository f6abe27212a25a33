import { objectAt, textAt } from "../../src/core/capacity/fields.ts";
import { nodeOf } from "../../src/core/capacity/pod.ts";
import { sameJson } from "../../src/core/json.ts";
import type { KubeObject } from "../../src/kube/kube.ts";
import { keyOfObject, ownerOfClaim } from "../../src/reconciler/keys.ts";
import type { Stage } from "./actor.ts";

// A watch may be late by half a minute, and what was planned then is still carried out.
const REMEMBERED_MS = 120_000;

interface Wish {
  readonly atMs: number;
  readonly nodes: number;
}

/**
 * Watches that nothing is ordered twice: a Workspace never has more unused nodes of one kind than it wants at all.
 * @returns what was seen to be too much so far
 */
export function watchExcess(stage: Stage): () => readonly string[] {
  const { store, time } = stage;
  const wishes = new Map<string, readonly Wish[]>();
  const found: string[] = [];
  store.onChange(({ plural, before, after }) => {
    if (after === undefined) return;
    if (plural === "workspaces") {
      const key = keyOfObject(after);
      const known = lately(wishes.get(key) ?? [], time.nowMs(), REMEMBERED_MS);
      // Every write of a status is a change as well.
      if (!sameJson(before?.["expansion"], after["expansion"]))
        wishes.set(key, [...known, { atMs: time.nowMs(), nodes: nodesOf(after) }]);
    }
    if (plural !== "nodeclaims" || before !== undefined) return;
    for (const key of ownerOfClaim(after)) {
      const known = wishes.get(key) ?? [];
      const most = Math.max(0, ...lately(known, time.nowMs(), REMEMBERED_MS).map(({ nodes }) => nodes));
      const unused = store.list("nodeclaims").filter((one) => isAlike(one, after) && isUnused(stage, one));
      if (unused.length > most)
        found.push(
          `${new Date().toISOString()}: ${unused.length} unused NodeClaims of one kind (${unused.map((one) => one.metadata.name).join(", ")}) for Workspace ${key}, which wants ${most} nodes`,
        );
    }
  });
  return () => found;
}

/** The wish that held then, and all that came after. */
function lately(all: readonly Wish[], nowMs: number, withinMs: number): readonly Wish[] {
  const first = all.findLastIndex(({ atMs }) => atMs <= nowMs - withinMs);
  return all.slice(Math.max(0, first));
}

function nodesOf(workspace: KubeObject): number {
  const { workload, nodeCount } = objectAt(workspace, "expansion") as unknown as {
    readonly workload: { readonly replicas?: number };
    readonly nodeCount: number;
  };
  return (workload.replicas ?? 1) * nodeCount;
}

function isAlike(one: KubeObject, other: KubeObject): boolean {
  return (
    sameJson(one.metadata.labels, other.metadata.labels) &&
    sameJson(objectAt(one, "spec")["requirements"], objectAt(other, "spec")["requirements"])
  );
}

/** No pod is on it, and none is kept from it by its end or the loss of its node. */
function isUnused({ store }: Stage, claim: KubeObject): boolean {
  if (claim.metadata.deletionTimestamp !== undefined) return false;
  const name = textAt(claim, "status", "nodeName");
  if (name === undefined) return true;
  return store.get("nodes", undefined, name) !== undefined && !store.list("pods").some((pod) => nodeOf(pod) === name);
}
