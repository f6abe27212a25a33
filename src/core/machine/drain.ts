import { numberAt, objectAt, objectsAt, textAt, timeAt } from "../capacity/fields.ts";
import { isDaemon, isDeleting, isOver } from "../capacity/pod.ts";
import { untolerated } from "../capacity/requirements.ts";
import type { JsonObject } from "../json.ts";
import type { MachineAction, PodRef } from "./action.ts";

export const DISRUPTED_TAINT = { key: "karpenter.sh/disrupted", effect: "NoSchedule" } as const;
const CRITICAL = ["system-cluster-critical", "system-node-critical"];
// Karpenter's bounds, and Kubernetes' default grace period.
const STUCK_AFTER_MS = 60_000;
const DEFAULT_GRACE_SECONDS = 30;

export interface DrainQuestion {
  readonly pods: readonly JsonObject[];
  readonly nowMs: number;
  /** Nothing is judged by date while it is false. */
  readonly clockSteady: boolean;
  /** When the node goes, whatever runs there. */
  readonly deadlineMs: number | undefined;
}

export interface Drain {
  readonly actions: readonly MachineAction[];
  /** Pods that are waited for. */
  readonly left: number;
}

/**
 * The next step of emptying a node, in Karpenter's four waves: pods that are not critical before those that are, and of
 * either kind daemons last. The annotation do-not-disrupt guards against changes of mind, not against a deletion.
 */
export function drain({ pods, nowMs, clockSteady, deadlineMs }: DrainQuestion): Drain {
  const waited = pods.filter((pod) => isDrained(pod) && !(clockSteady && isStuck(pod, nowMs)));
  const waves = [0, 1, 2, 3].map((wave) => waited.filter((pod) => waveOf(pod) === wave));
  const evictions = (waves.find((wave) => wave.length > 0) ?? [])
    .filter((pod) => !isDeleting(pod))
    .map((pod): MachineAction => ({ kind: "evictPod", pod: podRef(pod) }));
  const late =
    deadlineMs === undefined || !clockSteady ? [] : waited.filter((pod) => endsAfter(pod, deadlineMs, nowMs));
  const deletions = late.map((pod): MachineAction => {
    const seconds = Math.floor(((deadlineMs ?? nowMs) - nowMs) / 1000);
    return { kind: "deletePod", pod: podRef(pod), gracePeriodSeconds: Math.max(1, seconds) };
  });
  const deleted = new Set(late.map((pod) => textAt(pod, "metadata", "uid")));
  const evicted = evictions.filter((one) => one.kind === "evictPod" && !deleted.has(one.pod.uid));
  return { actions: [...deletions, ...evicted], left: waited.length };
}

function isDrained(pod: JsonObject): boolean {
  const tolerates = untolerated([DISRUPTED_TAINT], objectsAt(pod, "spec", "tolerations")).length === 0;
  return !isOver(pod) && !isStatic(pod) && !tolerates;
}

/** A pod of the kubelet's own, which the API server only mirrors. */
function isStatic(pod: JsonObject): boolean {
  return objectsAt(pod, "metadata", "ownerReferences").some((owner) => owner["kind"] === "Node");
}

/** A pod nobody ends any more, because its kubelet is dead. */
function isStuck(pod: JsonObject, nowMs: number): boolean {
  const deletedMs = timeAt(pod, "metadata", "deletionTimestamp");
  return deletedMs !== undefined && nowMs - deletedMs > STUCK_AFTER_MS;
}

function waveOf(pod: JsonObject): number {
  const critical = CRITICAL.includes(textAt(pod, "spec", "priorityClassName") ?? "");
  return (critical ? 2 : 0) + (isDaemon(pod) ? 1 : 0);
}

/** Whether its own grace period would outlast the node. */
function endsAfter(pod: JsonObject, deadlineMs: number, nowMs: number): boolean {
  const deletedMs = timeAt(pod, "metadata", "deletionTimestamp");
  if (deletedMs !== undefined) return deletedMs > deadlineMs;
  const graceSeconds = numberAt(objectAt(pod, "spec"), "terminationGracePeriodSeconds") ?? DEFAULT_GRACE_SECONDS;
  return nowMs + graceSeconds * 1000 > deadlineMs;
}

function podRef(pod: JsonObject): PodRef {
  const text = (field: string): string => textAt(pod, "metadata", field) ?? "";
  return { namespace: text("namespace"), name: text("name"), uid: text("uid") };
}
