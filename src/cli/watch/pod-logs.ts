import { setTimeout as pause } from "node:timers/promises";
import { objectsAt, textAt } from "../../core/capacity/fields.ts";
import { KubeError } from "../../kube/error.ts";
import { follow } from "../../kube/follow.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import { splitLines } from "../../kube/lines.ts";
import { PODS, pathOf } from "../../kube/resources.ts";

const SELECTOR = "app.kubernetes.io/name=foresail-webhook";
const CONTAINER = "webhook";
const MOST_LINE_BYTES = 64 * 1024;
const RECONNECT_MS = 1_000;
/** A stream without a byte for this long is asked for anew: a connection can die without anybody noticing. */
const SILENCE_MS = 5 * 60_000;

export interface PodLogs {
  readonly kube: Kube;
  /** Foresail's own. */
  readonly namespace: string;
  /** How much of the past is told first. */
  readonly sinceSeconds: number;
  readonly onLine: (line: string) => void;
  /** What goes wrong and is tried again. */
  readonly onError: (message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows the logs of all webhook pods, also of those that come later, until `signal` is aborted. Lines of one pod come in
 * order and once. Throws KubeError when pods or their logs may not be read.
 */
export async function followPodLogs(logs: PodLogs): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([logs.signal, ending.signal]);
  const followed = new Map<string, Promise<void>>();
  let fatal: unknown;
  const end = (error: unknown): void => {
    fatal ??= error;
    ending.abort();
  };
  const follower = follow(logs.kube, PODS, {
    namespace: logs.namespace,
    labelSelector: SELECTOR,
    onEvent: ({ type, object }) => {
      const { uid = "" } = object.metadata;
      if (type === "DELETED" || followed.has(uid) || !isRunning(object)) return;
      const done = followPod({ ...logs, signal }, object).catch((error: unknown) => {
        if (isRefusal(error)) end(error);
        else if (!signal.aborted) logs.onError(String(error));
      });
      followed.set(
        uid,
        done.then(() => void followed.delete(uid)),
      );
    },
    onError: (error) => (isRefusal(error) ? end(error) : logs.onError(error.message)),
    signal,
  });
  await follower.done;
  await Promise.all(followed.values());
  if (fatal !== undefined) throw fatal;
}

/** Until the pod is gone. The API server gives times to the second, so what was told is known by its own stamp. */
async function followPod(logs: PodLogs, pod: KubeObject): Promise<void> {
  const onError = once(logs.onError);
  for (let last: string | undefined = ""; last !== undefined; ) {
    last = await streamSafely({ ...logs, onError }, pod, last);
    await pause(RECONNECT_MS, undefined, { signal: logs.signal }).catch(() => undefined);
  }
}

/** A container that does not start says the same every second. */
function once(onError: PodLogs["onError"]): PodLogs["onError"] {
  let told = "";
  return (message) => {
    if (message !== told) onError(message);
    told = message;
  };
}

/** The stamp of the last line; undefined when no more will come. Throws what trying again does not change. */
async function streamSafely(logs: PodLogs, pod: KubeObject, last: string): Promise<string | undefined> {
  let newest = last;
  try {
    newest = await streamOnce(logs, pod, last);
  } catch (error) {
    if (logs.signal.aborted || isGone(error)) return undefined;
    if (isRefusal(error)) throw error;
    logs.onError(error instanceof Error ? error.message : String(error));
  }
  return logs.signal.aborted ? undefined : newest;
}

/** Gives the stamp of the last line; throws when the connection breaks, which loses nothing: `tell` has had every line. */
async function streamOnce(logs: PodLogs, pod: KubeObject, last: string): Promise<string> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const hear = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const { namespace = "", name } = pod.metadata;
  const since = last === "" ? { sinceSeconds: String(logs.sinceSeconds) } : { sinceTime: last };
  let newest = last;
  try {
    const stream = await logs.kube.stream({
      method: "GET",
      path: pathOf({ resource: PODS, namespace, name, subresource: "log" }),
      query: { container: CONTAINER, follow: "true", timestamps: "true", ...since },
      signal: AbortSignal.any([logs.signal, silence.signal]),
    });
    hear();
    for await (const { lines } of splitLines(stream.body, MOST_LINE_BYTES)) {
      hear();
      for (const line of lines) newest = tell(logs, line, newest);
    }
  } catch (error) {
    if (newest === last && !silence.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return newest;
}

/** A line is `<RFC 3339 with nanoseconds> <text>`; such stamps of one clock sort as texts. */
function tell(logs: PodLogs, line: string, last: string): string {
  const space = line.indexOf(" ");
  const stamp = line.slice(0, space);
  if (stamp <= last) return last;
  logs.onLine(line.slice(space + 1));
  return stamp;
}

function isRunning(pod: KubeObject): boolean {
  return objectsAt(pod, "status", "containerStatuses").some(
    (status) => textAt(status, "name") === CONTAINER && textAt(status, "state", "running", "startedAt") !== undefined,
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 401 || error.status === 403);
}

function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}
