import type { Target } from "../action.ts";
import { nameOf, numberAt, objectsAt, textAt, timeAt } from "../capacity/fields.ts";
import { isDaemon, isDeleting, isOver, nodeOf } from "../capacity/pod.ts";
import { WORKSPACE_LABEL } from "../children/metadata.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";

export const WORKLOAD_KINDS: readonly string[] = ["Deployment", "StatefulSet", "Job"];

export function kindOf(object: JsonObject): string {
  return textAt(object, "kind") ?? "";
}

/** The live object of the same kind and name. */
export function liveOf(world: World, desired: JsonObject): JsonObject | undefined {
  return world.children.find((live) => kindOf(live) === kindOf(desired) && nameOf(live) === nameOf(desired));
}

/** Only what this very Workspace controls is ours; a namesake's object, or one of an earlier Workspace, is not. */
export function isOurs(world: World, object: JsonObject): boolean {
  const uid = world.workspace?.metadata.uid;
  return (
    uid !== undefined &&
    objectsAt(object, "metadata", "ownerReferences").some(
      (owner) => owner["controller"] === true && owner["uid"] === uid,
    )
  );
}

export function target(object: JsonObject): Target {
  return {
    apiVersion: textAt(object, "apiVersion") ?? "",
    kind: kindOf(object),
    namespace: textAt(object, "metadata", "namespace") ?? "",
    name: nameOf(object),
    uid: textAt(object, "metadata", "uid") ?? "",
  };
}

export function ownWorkloads(world: World): readonly JsonObject[] {
  return world.children.filter((object) => WORKLOAD_KINDS.includes(kindOf(object)) && isOurs(world, object));
}

/** The Workspace's pods, also those on their way out. A pod nobody controls was made by hand and is not waited for. */
export function ownPods(world: World): readonly JsonObject[] {
  return world.pods.filter((pod) => isOwnPod(world, pod));
}

export function isOwnPod(world: World, pod: JsonObject): boolean {
  return (
    textAt(pod, "metadata", "namespace") === world.namespace &&
    textAt(pod, "metadata", "labels", WORKSPACE_LABEL) === world.name &&
    isControlled(pod) &&
    !isOfOthers(world, pod)
  );
}

/** Whether a workload of our name that is not ours made it: KAITO's, of its own Workspace of that name. */
function isOfOthers(world: World, pod: JsonObject): boolean {
  const others = world.children.filter((one) => WORKLOAD_KINDS.includes(kindOf(one)) && !isOurs(world, one));
  if (others.length === 0) return false;
  const uids = new Set(others.map((one) => textAt(one, "metadata", "uid")));
  return objectsAt(pod, "metadata", "ownerReferences").some(
    (owner) => owner["controller"] === true && uids.has(textAt(owner, "uid")),
  );
}

/** Somebody made it, and will make it again. */
export function isControlled(pod: JsonObject): boolean {
  return objectsAt(pod, "metadata", "ownerReferences").length > 0;
}

// A node that died never confirms the end of its pods; waiting for them would keep the node, and its price, for ever.
export const PODS_PATIENCE_MS = 10 * 60_000;

/** Nodes on which something runs, daemons and pods that should have ended long ago aside. */
export function usedNodes(world: World): ReadonlySet<string | undefined> {
  const using = world.pods.filter((pod) => !isDaemon(pod) && !isOver(pod) && lateMs(world, pod) < PODS_PATIENCE_MS);
  return new Set(using.map(nodeOf).filter((node) => node !== undefined));
}

/** What is on its way out at this look, by the name under which it is remembered since when. */
export function leaving({ workspace, pods }: Pick<World, "workspace" | "pods">): readonly string[] {
  const all = [...(workspace === undefined ? [] : [workspace as unknown as JsonObject]), ...pods];
  return all.filter(isDeleting).map(leavingName);
}

/** Apart from a claim's name, under which it is remembered since when it has been empty. */
function leavingName(object: JsonObject): string {
  return `leaving/${textAt(object, "metadata", "uid") ?? nameOf(object)}`;
}

/**
 * How long something that is being deleted has outlived its grace period; 0 for what is not. From the later of two times: its
 * date, and when it was seen to be deleted, which no clock that is set moves. Else a step of an hour would take nodes from
 * under pods that are ending.
 */
export function lateMs({ nowMs, leavingSinceMs }: World, object: JsonObject): number {
  // The API server sets the deletion time to the end of the grace period.
  const datedMs = timeAt(object, "metadata", "deletionTimestamp");
  if (datedMs === undefined) return 0;
  if (leavingSinceMs === undefined) return nowMs - datedMs;
  const graceMs = 1000 * (numberAt(object, "metadata", "deletionGracePeriodSeconds") ?? 0);
  return nowMs - Math.max(datedMs, (leavingSinceMs[leavingName(object)] ?? nowMs) + graceMs);
}

export function nodeOfClaim(claim: JsonObject): string | undefined {
  return textAt(claim, "status", "nodeName");
}

export { isDeleting };
