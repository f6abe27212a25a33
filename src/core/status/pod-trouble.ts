import { conditionAt, isTrue, nameOf, objectAt, objectsAt, textAt } from "../capacity/fields.ts";
import { isOver, isReady, nodeOf } from "../capacity/pod.ts";
import type { JsonObject } from "../json.ts";
import { containerStatuses, containerTrouble } from "./container-trouble.ts";
import { imageWords } from "./image-words.ts";
import type { Reason } from "./reasons.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

// A cause before what follows from it: the workers of a group end because the first of them may not read the weights.
const CAUSES_FIRST: readonly Reason[] = [
  "ModelAccessDenied",
  "OutOfMemory",
  "SecretMissing",
  "ConfigMissing",
  "ImagePullFailed",
  "ContainerNotStarted",
  "CrashLooping",
];

/** What keeps the containers of the Workspace's pods from running. Of several troubles the one that causes the others, then by pod name. */
export function podTrouble({ pods, expansion }: Situation): Trouble | undefined {
  const live = sorted(pods).filter((pod) => !isReady(pod) && !isOver(pod));
  const considered = live.length > 0 || pods.some(isReady) ? live : sorted(pods).filter((pod) => !wasEvicted(pod));
  const found = considered.flatMap((pod) =>
    containerStatuses(pod)
      .map((status) => containerTrouble(pod, status, expansion))
      .filter((one) => one !== undefined),
  );
  const rank = ({ reason }: Trouble): number => CAUSES_FIRST.indexOf(reason);
  return found.reduce<Trouble | undefined>(
    (best, one) => (best === undefined || rank(one) < rank(best) ? one : best),
    undefined,
  );
}

function sorted(pods: readonly JsonObject[]): readonly JsonObject[] {
  return [...pods].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Ended by the kubelet, not by its containers: evicted, not admitted, shut down with the node. */
function wasEvicted(pod: JsonObject): boolean {
  return textAt(pod, "status", "phase") === "Failed" && textAt(pod, "status", "reason") !== undefined;
}

/** A pod that its node ended, until enough others are ready. What is left of it stays in the cluster for long and says nothing. */
export function evictedPod({ pods, desiredPods }: Situation): Trouble | undefined {
  const dead = sorted(pods).filter(wasEvicted).at(-1);
  if (dead === undefined || pods.filter(isReady).length >= desiredPods) return undefined;
  const reason = textAt(dead, "status", "reason");
  const how = reason === "Evicted" ? "was evicted" : `was ended by its node (${reason})`;
  const message = `pod ${nameOf(dead)} ${how}: ${textAt(dead, "status", "message") ?? "no message"}`;
  return passing("Evicted", message, { failing: true, kaito: "PodEvicted" });
}

const PRESSURES = [
  ["DiskPressure", "NodeDiskPressure"],
  ["MemoryPressure", "NodeMemoryPressure"],
] as const;

/** The node of a pod that is not ready lacks disk or memory. */
export function nodePressure({ pods, rawNodes }: Situation): Trouble | undefined {
  const waiting = new Set(pods.filter((pod) => !isReady(pod) && !isOver(pod)).map(nodeOf));
  for (const node of rawNodes.filter((one) => waiting.has(nameOf(one)))) {
    for (const [type, kaito] of PRESSURES) {
      const condition = conditionAt(node, type);
      if (!isTrue(condition)) continue;
      const message = `node ${nameOf(node)} has ${type}: ${textAt(condition, "message") ?? ""}`;
      return passing("NodeUnderPressure", message, { failing: true, kaito });
    }
  }
  return undefined;
}

/** What a pod that is on its node and not ready is doing. */
export function progress(situation: Situation): Trouble | undefined {
  const { pods } = situation;
  const pod = sorted(pods).find((one) => nodeOf(one) !== undefined && !isReady(one) && !isOver(one));
  if (pod === undefined) return undefined;
  const statuses = objectsAt(pod, "status", "containerStatuses");
  const running = statuses.some((status) => Object.keys(objectAt(status, "state", "running")).length > 0);
  return running
    ? passing("LoadingModel", `pod ${nameOf(pod)} runs and is loading the model`)
    : passing("PullingImage", `pod ${nameOf(pod)} has its node and is ${imageWords(situation, pod)}`);
}
