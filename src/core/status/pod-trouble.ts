import { conditionAt, numberAt, objectAt, objectsAt, textAt, timeAt } from "../capacity/fields.ts";
import { isReady } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import type { Situation, Trouble } from "./situation.ts";

// Reasons the kubelet puts on a waiting container, and the reason KAITO publishes for them.
const WAITING: { readonly [reason: string]: string } = {
  CrashLoopBackOff: "ContainerCrashLoopBackOff",
  ErrImagePull: "ImagePullError",
  ErrImageNeverPull: "ImagePullError",
  ImageInspectError: "ImagePullError",
  ImagePullBackOff: "ImagePullError",
  InvalidImageName: "ImagePullError",
  CreateContainerConfigError: "ContainerStartError",
  CreateContainerError: "ContainerStartError",
  RunContainerError: "ContainerStartError",
};

/** What keeps the Workspace's pods from running, as the kubelet says; the first of the pods by name that has something. */
export function podTrouble(pods: readonly JsonObject[]): Trouble | undefined {
  const byName = [...pods].sort((a, b) =>
    (textAt(a, "metadata", "name") ?? "") < (textAt(b, "metadata", "name") ?? "") ? -1 : 1,
  );
  return byName
    .filter((pod) => !isReady(pod))
    .map(troubleOf)
    .find((trouble) => trouble !== undefined);
}

function troubleOf(pod: JsonObject): Trouble | undefined {
  const name = textAt(pod, "metadata", "name") ?? "";
  if (textAt(pod, "status", "phase") === "Failed" && textAt(pod, "status", "reason") === "Evicted") {
    return trouble("PodEvicted", `pod ${name} was evicted: ${textAt(pod, "status", "message") ?? ""}`);
  }
  const containers = [
    ...objectsAt(pod, "status", "initContainerStatuses"),
    ...objectsAt(pod, "status", "containerStatuses"),
  ];
  return containers.map((status) => containerTrouble(name, status)).find((found) => found !== undefined);
}

function containerTrouble(pod: string, status: JsonObject): Trouble | undefined {
  const where = `container ${textAt(status, "name")} of pod ${pod}`;
  const waiting = objectAt(status, "state", "waiting");
  const last = lastEnd(status);
  const restarts = numberAt(status, "restartCount") ?? 0;
  if (last?.["reason"] === "OOMKilled" && status["ready"] !== true) {
    return trouble(
      "ContainerOOMKilled",
      `${where} was killed for using more memory than it may, ${restarts} restarts: give it a larger size or less to hold`,
    );
  }
  const reason = WAITING[textAt(waiting, "reason") ?? ""];
  if (reason === undefined) return undefined;
  const said = textAt(waiting, "message") ?? textAt(waiting, "reason") ?? "";
  const exit = last === undefined ? "" : `, last exit code ${numberAt(last, "exitCode") ?? "unknown"}`;
  return trouble(reason, `${where}: ${said}${restarts > 0 ? `, ${restarts} restarts` : ""}${exit}`);
}

function lastEnd(status: JsonObject): JsonObject | undefined {
  const states = [objectAt(status, "state", "terminated"), objectAt(status, "lastState", "terminated")];
  return states.find((state) => Object.keys(state).length > 0);
}

function trouble(reason: string, message: string): Trouble {
  return { reason, message, stalled: false };
}

// The StatefulSet and Job controllers try again after at most 1000 s, and renew their event each time.
const REFUSAL_HOLDS_MS = 20 * 60_000;

/** Pods the workload may not create: a quota, a policy, a webhook said no. The message is theirs, verbatim. */
export function refusedPods(situation: Situation): Trouble | undefined {
  const { workload, pods, desiredPods, refusals, nowMs } = situation;
  for (const type of ["ReplicaFailure", "FailedCreate"]) {
    const condition = conditionAt(workload, type);
    if (condition?.["status"] === "True") {
      return trouble("PodRefused", textAt(condition, "message") ?? "the API server refused the pod");
    }
  }
  // An event outlives what it tells of.
  if (workload === undefined || pods.length >= desiredPods) return undefined;
  const uid = textAt(workload, "metadata", "uid");
  const newest = refusals
    .filter((event) => textAt(event, "regarding", "uid") === uid && nowMs - toldMs(event) < REFUSAL_HOLDS_MS)
    .reduce<JsonObject | undefined>((best, one) => (best && toldMs(best) >= toldMs(one) ? best : one), undefined);
  return newest === undefined ? undefined : trouble("PodRefused", textAt(newest, "note") ?? "");
}

/** When an event was told last; older controllers write the deprecated fields. */
function toldMs(event: JsonObject): number {
  const times = [
    timeAt(event, "series", "lastObservedTime"),
    timeAt(event, "deprecatedLastTimestamp"),
    timeAt(event, "eventTime"),
    timeAt(event, "metadata", "creationTimestamp"),
  ];
  return Math.max(0, ...times.filter((time) => time !== undefined));
}

/** What a pod that is on its node and not ready is doing. */
export function progress(pods: readonly JsonObject[]): Trouble | undefined {
  const pod = pods.find((one) => textAt(one, "spec", "nodeName") !== undefined && !isReady(one));
  if (pod === undefined) return undefined;
  const name = textAt(pod, "metadata", "name") ?? "";
  const statuses = objectsAt(pod, "status", "containerStatuses");
  const running = statuses.some((status) => Object.keys(objectAt(status, "state", "running")).length > 0);
  return running
    ? trouble("LoadingModel", `pod ${name} runs and is loading the model`)
    : trouble("PullingImage", `pod ${name} has its node and is pulling images or preparing volumes`);
}
