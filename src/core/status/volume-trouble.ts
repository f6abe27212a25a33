import { conditionAt, nameOf, textAt } from "../capacity/fields.ts";
import { isOver, isReady, nodeOf, podKey } from "../capacity/pod.ts";
import type { WaitReason } from "../capacity/question.ts";
import { awaitsVolume } from "../capacity/volume-words.ts";
import type { JsonObject } from "../json.ts";
import { toldMs } from "./refused-pods.ts";
import type { Situation } from "./situation.ts";
import { passing, type Trouble } from "./trouble.ts";

// What kube-scheduler's volume plugins say of nodes (volumebinding, volumezone, volumerestrictions of 1.36).
const SCHEDULER_WORDS =
  /didn't find available persistent volumes|volume node affinity conflict|waiting for ephemeral volume controller/i;
// The kubelet tries again after at most two minutes and tells of it each time.
const FAILURE_HOLDS_MS = 5 * 60_000;

/** A pod that waits for a volume: to be bound, as the scheduler says, or to be mounted, as the kubelet says. */
export function volumeTrouble(situation: Situation): Trouble | undefined {
  const waiting = situation.pods
    .filter((pod) => !isReady(pod) && !isOver(pod))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return unbound(situation, waiting) ?? unmounted(situation, waiting);
}

// Where no node is asked for: with these the scheduler alone knows what a volume lacks. With all others the planner has looked
// for a node in reach of the volumes, and what it says is nearer than that the nodes of today are not.
const SCHEDULER_KNOWS: readonly (WaitReason | undefined)[] = [
  "WaitingForScheduler",
  "PodDoesNotFitNode",
  "Unschedulable",
  undefined,
];

function unbound({ waiting }: Situation, pods: readonly JsonObject[]): Trouble | undefined {
  for (const pod of pods.filter((one) => nodeOf(one) === undefined)) {
    const scheduled = conditionAt(pod, "PodScheduled");
    const said = scheduled?.["status"] === "False" ? (textAt(scheduled, "message") ?? "") : "";
    const planned = waiting.find((one) => one.pod === podKey(pod))?.reason;
    const isOfNodes = SCHEDULER_WORDS.test(said) && SCHEDULER_KNOWS.includes(planned);
    if (!awaitsVolume(said) && !isOfNodes) continue;
    return passing("VolumePending", `pod ${nameOf(pod)} has no volume to start with: ${said}`, {
      kaito: "Unschedulable",
    });
  }
  return undefined;
}

function unmounted({ mountFailures, nowMs }: Situation, pods: readonly JsonObject[]): Trouble | undefined {
  for (const pod of pods.filter((one) => nodeOf(one) !== undefined && !hasStarted(one))) {
    const uid = textAt(pod, "metadata", "uid");
    const newest = mountFailures
      .filter((event) => textAt(event, "regarding", "uid") === uid && nowMs - toldMs(event) < FAILURE_HOLDS_MS)
      .sort((a, b) => toldMs(b) - toldMs(a))[0];
    if (newest !== undefined) return mountTrouble(nameOf(pod), textAt(newest, "note") ?? "");
  }
  return undefined;
}

/** `MountVolume.SetUp failed for volume "push" : secret "push" not found`. */
function mountTrouble(pod: string, said: string): Trouble {
  const message = `pod ${pod} cannot mount a volume: ${said}`;
  const missing = /not found|references non-existent/i.test(said);
  const kaito = "ContainerStartError";
  if (missing && /secret/i.test(said))
    return passing("SecretMissing", message, { stalled: true, failing: true, kaito });
  if (missing && /config ?map/i.test(said)) {
    return passing("ConfigMissing", message, { stalled: true, failing: true, kaito });
  }
  return passing("VolumePending", message, { kaito: "WorkspaceInferenceStatusPending" });
}

function hasStarted(pod: JsonObject): boolean {
  return conditionAt(pod, "PodReadyToStartContainers")?.["status"] === "True";
}
