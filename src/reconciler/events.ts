import { hostname } from "node:os";
import type { Action, Target } from "../core/action.ts";
import { sha256Hex } from "../core/json.ts";
import { storedApiVersion } from "../core/kinds/is-workspace.ts";
import type { World } from "../core/world.ts";
import { isAlreadyExists } from "../kube/error.ts";
import type { Kube } from "../kube/kube.ts";
import { EVENTS } from "../kube/resources.ts";
import { create } from "../kube/verbs.ts";
import type { Log } from "../log.ts";
import type { Hands } from "./act.ts";

// The API server's bounds.
const MOST_NOTE_CHARACTERS = 1024;
const MOST_REASON_CHARACTERS = 128;

/** One event of a plan. */
export async function recordEvent(
  hands: Hands,
  world: World,
  event: Action & { readonly kind: "event" },
  signal: AbortSignal,
): Promise<void> {
  const regarding = event.regarding ?? workspaceOf(world);
  // A status tells what it told already; a pod has none, so each look would write its events again.
  if (event.regarding !== undefined && !hands.memory.isNews(idOf({ ...event, regarding }))) return;
  await writeEvent(hands, { ...event, regarding, nowMs: world.nowMs }, signal);
}

export interface News {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
  /** What it is about; an empty namespace for what is in none. */
  readonly regarding: Target;
  readonly nowMs: number;
}

/** Of the same news always the same. */
export function idOf({ regarding, reason, note }: Pick<News, "regarding" | "reason" | "note">): string {
  return sha256Hex([regarding.uid, reason, note].join("\n")).slice(0, 16);
}

/**
 * Writes one event. Its name is made from what it says, so that the same news is one event however often it is told within
 * the hour events are kept. An event that cannot be written is only logged: it is told in the status, too.
 */
export async function writeEvent(
  { kube, log }: { readonly kube: Kube; readonly log: Log },
  news: News,
  signal: AbortSignal,
): Promise<void> {
  const { regarding, type, reason, note, nowMs } = news;
  const { namespace, name, ...about } = regarding;
  const isNamespaced = namespace !== "";
  const object = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    // Events about what is in no namespace are kept in this one, as Kubernetes' own are.
    metadata: { name: `${name}.${idOf(news)}`, namespace: isNamespaced ? namespace : "default" },
    // Microseconds, as the type demands.
    eventTime: new Date(nowMs).toISOString().replace("Z", "000Z"),
    reportingController: "foresail.dev/reconciler",
    reportingInstance: hostname().slice(0, 128) || "reconciler",
    action: "Reconcile",
    type,
    reason: reason.slice(0, MOST_REASON_CHARACTERS),
    note: note.slice(0, MOST_NOTE_CHARACTERS),
    regarding: { ...about, name, ...(isNamespaced ? { namespace } : {}) },
  };
  try {
    await create(kube, EVENTS, object, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!isAlreadyExists(error)) log.warn({ object: `${namespace}/${name}`, err: error }, "event not written");
  }
}

function workspaceOf({ namespace, name, workspace }: World): Target {
  const apiVersion = storedApiVersion(workspace ?? {});
  return { apiVersion, kind: "Workspace", namespace, name, uid: workspace?.metadata.uid ?? "" };
}
