import { objectAt, objectsAt, textAt, timeAt, trueSinceMs } from "../capacity/fields.ts";
import { isOver, nodeOf } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import type { Phase } from "../kinds/workspace-status.ts";
import type { Situation } from "./situation.ts";

type PhaseType = Phase["type"];
type Reached = { readonly [T in PhaseType]?: number };

const IN_ORDER: readonly PhaseType[] = ["Pending", "Node", "GPU", "Image", "Weights", "Ready"];
const MODEL_CONTAINER = "model";

/**
 * The steps of the newest start that are done, from the timestamps of objects alone, so that it is the same whoever looks and
 * when. What was reached stays, also when its objects are gone; no step is earlier than the one before it. A start is new
 * when every pod is younger than the end of the one that is remembered.
 */
export function phasesOf(situation: Situation): readonly Phase[] {
  const before = situation.workspace.status?.phases ?? [];
  const known = new Map(before.map(({ type, time }) => [type, Date.parse(time)]));
  if (situation.desiredPods === 0) return known.has("Ready") ? before : [];
  const pods = newestPods(situation);
  const readyMs = known.get("Ready");
  const anew = readyMs !== undefined && pods.length > 0 && pods.every((pod) => (createdMs(pod) ?? 0) > readyMs);
  if (readyMs !== undefined && !anew) return before;
  const reached = reachedBy(situation, pods, readyMs);
  let latestMs = Number.NEGATIVE_INFINITY;
  return IN_ORDER.flatMap((type, i) => {
    // A step whose successor is told of already would move it: left out for good.
    const isPassed = IN_ORDER.slice(i).some((one) => !anew && known.has(one));
    const timeMs = isPassed ? known.get(type) : reached[type];
    if (timeMs === undefined) return [];
    latestMs = Math.max(latestMs, timeMs);
    return [{ type, time: new Date(latestMs).toISOString().replace(/\.\d+Z$/, "Z") }];
  });
}

/** As many as are wanted; of a surge the new ones. */
function newestPods({ pods, desiredPods }: Situation): readonly JsonObject[] {
  return pods
    .filter((pod) => !isOver(pod))
    .sort((a, b) => (createdMs(b) ?? 0) - (createdMs(a) ?? 0))
    .slice(0, desiredPods);
}

function reachedBy(situation: Situation, pods: readonly JsonObject[], afterMs: number | undefined): Reached {
  const { desiredPods, expansion } = situation;
  const claims = claimsOf(situation, pods);
  const asked = [...pods, ...claims]
    .map(createdMs)
    .filter((time) => time !== undefined && (afterMs === undefined || time > afterMs));
  const pending = asked.length === 0 ? {} : { Pending: Math.min(...(asked as number[])) };
  const complete = pods.length === desiredPods && pods.every((pod) => nodeOf(pod) !== undefined);
  const places = complete ? pods.map((pod) => nodeOf(pod) ?? "") : claims.flatMap((claim) => claimNode(claim) ?? []);
  if (places.length < desiredPods) return pending;
  const last = (type: PhaseType, times: readonly (number | undefined)[]): Reached =>
    times.includes(undefined) ? {} : { [type]: Math.max(...(times as number[])) };
  const nodes = last(
    "Node",
    places.map((name) => nodeReadyMs(situation, name)),
  );
  if (!complete) return { ...pending, ...nodes, ...last("GPU", claims.map(initializedMs)) };
  const condition = (type: string) => pods.map((pod) => trueSinceMs(pod, type));
  const serves = expansion.workload.kind !== "Job";
  return {
    ...pending,
    ...nodes,
    // What the scheduler has bound had its GPUs.
    ...last("GPU", condition("PodScheduled")),
    ...last("Image", pods.map(startedMs)),
    // A training is told of by its Job.
    ...(serves ? { ...last("Weights", condition("ContainersReady")), ...last("Ready", condition("Ready")) } : {}),
  };
}

/** Claims of the nodes that these pods are on, and those whose node is still to come. */
function claimsOf({ rawClaims }: Situation, pods: readonly JsonObject[]): readonly JsonObject[] {
  const used = new Set(pods.map(nodeOf));
  return rawClaims.filter((claim) => {
    if (timeAt(claim, "metadata", "deletionTimestamp") !== undefined) return false;
    const node = claimNode(claim);
    return node === undefined || used.has(node) || pods.some((pod) => nodeOf(pod) === undefined);
  });
}

function claimNode(claim: JsonObject): string | undefined {
  return textAt(claim, "status", "nodeName");
}

function createdMs(object: JsonObject): number | undefined {
  return timeAt(object, "metadata", "creationTimestamp");
}

function nodeReadyMs({ rawNodes }: Situation, name: string): number | undefined {
  return trueSinceMs(
    rawNodes.find((node) => textAt(node, "metadata", "name") === name),
    "Ready",
  );
}

/** Karpenter waits with this condition until the node offers everything that was asked for. */
function initializedMs(claim: JsonObject): number | undefined {
  return trueSinceMs(claim, "Initialized");
}

/** When the container that runs the model started first, as far as its status tells. */
function startedMs(pod: JsonObject): number | undefined {
  const statuses = objectsAt(pod, "status", "containerStatuses");
  const model = statuses.find((status) => textAt(status, "name") === MODEL_CONTAINER) ?? statuses[0];
  const states = [
    objectAt(model, "lastState", "terminated"),
    objectAt(model, "state", "running"),
    objectAt(model, "state", "terminated"),
  ];
  return states.map((state) => timeAt(state, "startedAt")).find((time) => time !== undefined);
}
