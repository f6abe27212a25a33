import { numberAt, objectAt, objectsAt, textAt, timeAt } from "../capacity/fields.ts";
import type { JsonObject } from "../json.ts";
import type { Expansion } from "../kinds/expansion.ts";
import { lastWords } from "./last-words.ts";
import { gpuMemoryWords, hostMemoryWords } from "./memory-words.ts";
import type { Reason } from "./reasons.ts";
import { passing, type Trouble } from "./trouble.ts";

// Reasons the kubelet puts on a container that waits.
const NO_IMAGE: readonly string[] = [
  "ErrImagePull",
  "ErrImageNeverPull",
  "ImageInspectError",
  "ImagePullBackOff",
  "InvalidImageName",
  "RegistryUnavailable",
];
const NOT_STARTED: readonly string[] = [
  "CreateContainerConfigError",
  "CreateContainerError",
  "PreStartHookError",
  "RunContainerError",
];
const CRASHED = "ContainerCrashLoopBackOff";
// A container that ran this long before it ended is not in a loop: its next start is one.
const SHORT_RUN_MS = 60 * 60_000;

/** What keeps one container of a pod that is not ready from running, as its status says. */
export function containerTrouble(pod: JsonObject, status: JsonObject, expansion: Expansion): Trouble | undefined {
  if (status["ready"] === true) return undefined;
  const waiting = objectAt(status, "state", "waiting");
  const reason = textAt(waiting, "reason") ?? "";
  const said = textAt(waiting, "message") ?? reason;
  const where = `container ${textAt(status, "name")} of pod ${textAt(pod, "metadata", "name")}`;
  if (NO_IMAGE.includes(reason)) return failing("ImagePullFailed", `${where}: ${said}`, "ImagePullError");
  if (NOT_STARTED.includes(reason)) return notStarted(where, said);
  return ended(pod, status, expansion, where);
}

function failing(reason: Reason, message: string, kaito: string, more: Partial<Trouble> = {}): Trouble {
  return passing(reason, message, { failing: true, kaito, ...more });
}

/** `secret "hf-token" not found`, `couldn't find key HF_TOKEN in Secret models/hf-token` (kubelet_pods.go). */
function notStarted(where: string, said: string): Trouble {
  const missing = /not found|couldn't find key|non-existent (?:secret|config map)/i.test(said);
  const message = `${where}: ${said}`;
  if (missing && /secret/i.test(said))
    return failing("SecretMissing", message, "ContainerStartError", { stalled: true });
  if (missing && /config ?map/i.test(said)) {
    return failing("ConfigMissing", message, "ContainerStartError", { stalled: true });
  }
  return failing("ContainerNotStarted", message, "ContainerStartError");
}

function ended(pod: JsonObject, status: JsonObject, expansion: Expansion, where: string): Trouble | undefined {
  const last = lastEnd(status);
  if (last === undefined) return undefined;
  const restarts = numberAt(status, "restartCount") ?? 0;
  const times = restarts > 0 ? `, ${restarts} restarts` : "";
  if (last["reason"] === "OOMKilled") {
    const memory = hostMemoryWords(objectAt(pod, "spec"), textAt(status, "name") ?? "");
    const message = `${where} was killed for using more of the host's memory than it may${times}: ${memory}`;
    return failing("OutOfMemory", message, "ContainerOOMKilled", {
      next: "choose a larger size (foresail explain lists them), or lower what it holds on the host (swap-space, cpu-offload-gb)",
    });
  }
  if ((numberAt(last, "exitCode") ?? 0) === 0) return undefined;
  const words = lastWords(textAt(last, "message") ?? "");
  const exit = `exit code ${numberAt(last, "exitCode")}${times}`;
  if (words?.kind === "denied") {
    const message = `${where} may not read the weights: ${words.line} (${exit})`;
    return failing("ModelAccessDenied", message, CRASHED, { stalled: true });
  }
  if (words?.kind === "gpu-memory") return gpuMemory(where, words.line, exit, expansion);
  if (!isLooping(status, last, restarts)) return undefined;
  const line = words === undefined ? "it left no last words" : `its last line: ${words.line}`;
  return failing("CrashLooping", `${where} ends again and again, ${exit}; ${line}`, CRASHED);
}

function gpuMemory(where: string, line: string, exit: string, expansion: Expansion): Trouble {
  const planned = gpuMemoryWords(expansion);
  const message = `${where} ran out of GPU memory: ${line} (${exit})${planned === "" ? "" : `; ${planned}`}`;
  return failing("OutOfMemory", message, CRASHED, {
    next: "lower max-model-len or max-num-seqs in the ConfigMap of inference.config, or choose a larger size (foresail explain lists them)",
  });
}

/** Between two ends it runs for a while: that it is loading is no news then. A first end may stay the only one. */
function isLooping(status: JsonObject, last: JsonObject, restarts: number): boolean {
  if (textAt(status, "state", "waiting", "reason") === "CrashLoopBackOff") return true;
  if (Object.keys(objectAt(status, "state", "terminated")).length > 0) return true;
  const ranMs = (timeAt(last, "finishedAt") ?? 0) - (timeAt(last, "startedAt") ?? 0);
  return restarts >= 2 && ranMs < SHORT_RUN_MS;
}

/** How the container ended last; an end that nothing followed yet comes first. */
function lastEnd(status: JsonObject): JsonObject | undefined {
  const ends = [objectAt(status, "state", "terminated"), objectAt(status, "lastState", "terminated")];
  return ends.find((end) => Object.keys(end).length > 0);
}

/** Statuses of all containers of a pod, those that run first included. */
export function containerStatuses(pod: JsonObject): readonly JsonObject[] {
  return [...objectsAt(pod, "status", "initContainerStatuses"), ...objectsAt(pod, "status", "containerStatuses")];
}
