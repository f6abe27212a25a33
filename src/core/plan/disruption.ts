import { claimOf, describeClaim } from "../capacity/claim.ts";
import { conditionAt, isTrue, nameOf, textAt, textMapAt, timeAt } from "../capacity/fields.ts";
import { isOver, nodeOf } from "../capacity/pod.ts";
import { durationMs } from "../duration.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";
import { isDeleting, nodeOfClaim } from "./live.ts";

/**
 * Annotation of a Node or NodeClaim that keeps it although nothing runs there. Karpenter's own stands on every node of ours,
 * since it copies what our claims carry, so it cannot be what an administrator says of one of them.
 */
export const KEEP_NODE = "foresail.dev/do-not-disrupt";
const KARPENTER_KEEP = "karpenter.sh/do-not-disrupt";

/** Whether somebody wants this node kept: by an annotation of the node, of its claim, or of a pod that runs on it. */
export function isKept(world: World, claim: JsonObject): boolean {
  const node = nodeOfClaim(claim);
  const live = world.nodes.find((one) => node !== undefined && nameOf(one) === node);
  if ([claim, live].some((one) => annotation(one, KEEP_NODE) === "true")) return true;
  return world.pods.some(
    (pod) => node !== undefined && nodeOf(pod) === node && !isOver(pod) && !isDeleting(pod) && wishesToStay(world, pod),
  );
}

/** `"true"`, or for a time from the pod's start, as Karpenter reads it. */
function wishesToStay({ nowMs }: World, pod: JsonObject): boolean {
  const said = annotation(pod, KARPENTER_KEEP) ?? annotation(pod, KEEP_NODE);
  if (said === undefined) return false;
  const forMs = durationMs(said);
  if (forMs === undefined) return said === "true";
  return nowMs - (timeAt(pod, "status", "startTime") ?? nowMs) < forMs;
}

function annotation(object: JsonObject | undefined, name: string): string | undefined {
  return textMapAt(object, "metadata", "annotations").get(name);
}

/**
 * What is known of the Workspace's nodes that differ from what would be made today, or that end by themselves. It is told
 * and nothing more: moving a model is minutes of silence, and when is the user's to say.
 */
export function driftOf(world: World): string | undefined {
  const news = world.claims
    .filter((claim) => !isDeleting(claim))
    .flatMap((claim) => [...drift(claim), ...expiry(claim)]);
  return news.length === 0 ? undefined : news.sort().join("; ");
}

function drift(raw: JsonObject): readonly string[] {
  const condition = conditionAt(raw, "Drifted");
  if (!isTrue(condition)) return [];
  const why = [textAt(condition, "reason"), textAt(condition, "message")]
    .filter((one) => (one ?? "") !== "")
    .join(": ");
  return [`NodeClaim ${describeClaim(claimOf(raw))} has drifted: ${why}`];
}

/** Ours never expire; one that somebody edited, or that was adopted, may. */
function expiry(raw: JsonObject): readonly string[] {
  const after = durationMs(textAt(raw, "spec", "expireAfter") ?? "");
  const createdMs = timeAt(raw, "metadata", "creationTimestamp");
  if (after === undefined || createdMs === undefined) return [];
  return [`NodeClaim ${describeClaim(claimOf(raw))} expires at ${new Date(createdMs + after).toISOString()}`];
}
