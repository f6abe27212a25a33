import type { Action, Plan } from "../action.ts";
import { textAt, timeAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import { sameJson } from "../json.ts";
import type { Workspace } from "../kinds/workspace.ts";
import { deletingStatus } from "../status/status.ts";
import type { World } from "../world.ts";
import { isDeleting, kindOf, nameOf, ownPods, ownWorkloads, target } from "./live.ts";

/** Written by us, and removed when nothing that costs money is left. */
export const FINALIZER = "foresail.dev/workspace";

// A node that died keeps its pods from being confirmed gone; waiting for them would keep the node, and its price, for ever.
const PODS_PATIENCE_MS = 10 * 60_000;

export function hasFinalizer(workspace: Workspace): boolean {
  return workspace.metadata.finalizers?.includes(FINALIZER) ?? false;
}

/** Workload, then pods, then claims and their nodes, then the finalizer; the other children go with their owner. */
export function planDeletion(world: World, workspace: Workspace): Plan {
  if (!hasFinalizer(workspace)) return plan([], "Deleted", "somebody else's finalizer is waited for");
  const workloads = ownWorkloads(world);
  if (workloads.length > 0) {
    const actions = workloads.filter((one) => !isDeleting(one)).map(removal);
    return waiting(world, workspace, actions, `waiting for ${names(workloads)} to end`);
  }
  const pods = ownPods(world);
  const since = timeAt(workspace, "metadata", "deletionTimestamp") ?? world.nowMs;
  if (pods.length > 0 && world.nowMs - since < PODS_PATIENCE_MS) {
    const again: Action = { kind: "requeue", afterMs: PODS_PATIENCE_MS - (world.nowMs - since) };
    return waiting(world, workspace, [again], `waiting for ${pods.length} pods to end`);
  }
  const claims = ownClaims(world, workspace);
  if (claims.length > 0) {
    const actions = claims
      .filter((one) => !isDeleting(one))
      .map((one) => claimRemoval(one, "its Workspace is deleted"));
    return waiting(world, workspace, actions, `waiting for the nodes of ${names(claims)} to go`);
  }
  return plan([{ kind: "removeFinalizer" }], "Deleted", "nothing is left");
}

/** Claims of a Workspace that does not exist any more, for example after its finalizer was removed by hand. */
export function planOrphans(world: World): Plan {
  const orphans = world.claims.filter((claim) => !isDeleting(claim) && world.sharers === 0);
  return plan(
    orphans.map((claim) => claimRemoval(claim, "its Workspace does not exist")),
    "Deleted",
    `${orphans.length} claims are left`,
  );
}

export function claimRemoval(claim: JsonObject, why: string): Action {
  return { kind: "deleteClaim", name: nameOf(claim), uid: textAt(claim, "metadata", "uid") ?? "", why };
}

function ownClaims(world: World, workspace: Workspace): readonly JsonObject[] {
  const shared = workspace.expansion?.nodes.share !== undefined;
  return shared && world.sharers > 0 ? [] : world.claims;
}

function removal(object: JsonObject): Action {
  return { kind: "delete", target: target(object), propagation: "Foreground" };
}

function names(objects: readonly JsonObject[]): string {
  return objects.map((object) => `${kindOf(object)} ${nameOf(object)}`).join(", ");
}

function waiting(world: World, workspace: Workspace, actions: readonly Action[], message: string): Plan {
  const status = deletingStatus({ workspace, nowMs: world.nowMs }, message);
  const told: readonly Action[] = sameJson(status, workspace.status) ? [] : [{ kind: "applyStatus", status }];
  return plan([...actions, ...told], "Deleting", message);
}

function plan(actions: readonly Action[], reason: string, message: string): Plan {
  return { actions, reasons: [{ reason, message }], emptyClaims: [] };
}
