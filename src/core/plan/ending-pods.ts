import { conditionAt, isTrue, nameOf } from "../capacity/fields.ts";
import { isDeleting, nodeOf } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import type { World } from "../world.ts";
import { lateMs, nodeOfClaim } from "./live.ts";

/** Whether a pod's end is waited for before its machine goes, and until when that cannot change by itself. */
interface Wait {
  readonly awaited: boolean;
  /** Look again after this time at the latest. */
  readonly againMs?: number;
}

const NOBODY_ENDS_IT: Wait = { awaited: false };

/**
 * Pods that somebody is left to end. Not one whose node does not exist any more, nor whose claim is on its way out, since
 * then the provider drains it or its machine is gone already; and where the kubelet is silent, none that outlived its grace
 * period. Kubernetes takes such pods away when it finds the time: what costs money does not wait for it.
 */
export function awaitedPods(world: World, pods: readonly JsonObject[]): readonly JsonObject[] {
  return pods.filter((pod) => waitFor(world, pod).awaited);
}

/** When the first of them that is awaited will not be any more; none where only a change ends the wait. */
export function awaitedUntilMs(world: World, pods: readonly JsonObject[]): readonly number[] {
  return pods.flatMap((pod) => waitFor(world, pod).againMs ?? []);
}

function waitFor(world: World, pod: JsonObject): Wait {
  const name = nodeOf(pod);
  if (name === undefined) return { awaited: true };
  const node = world.nodes.find((one) => nameOf(one) === name);
  if (node === undefined) return NOBODY_ENDS_IT;
  if (world.claims.some((claim) => nodeOfClaim(claim) === name && isDeleting(claim))) return NOBODY_ENDS_IT;
  if (isTrue(conditionAt(node, "Ready")) || !isDeleting(pod)) return { awaited: true };
  const leftMs = -lateMs(world, pod);
  return leftMs < 0 ? NOBODY_ENDS_IT : { awaited: true, againMs: leftMs + 1 };
}
