import { hostname } from "node:os";
import type { Action, Target } from "../core/action.ts";
import { sha256Hex } from "../core/json.ts";
import type { World } from "../core/world.ts";
import { isAlreadyExists } from "../kube/error.ts";
import { EVENTS } from "../kube/resources.ts";
import { create } from "../kube/verbs.ts";
import type { Hands } from "./act.ts";

// The API server's bounds.
const MOST_NOTE_CHARACTERS = 1024;
const MOST_REASON_CHARACTERS = 128;

/**
 * Writes one event. Its name is made from what it says, so that the same news is one event however often it is told within
 * the hour events are kept. An event that cannot be written is only logged: it is told in the status, too.
 */
export async function recordEvent(
  hands: Hands,
  world: World,
  event: Action & { readonly kind: "event" },
  signal: AbortSignal,
): Promise<void> {
  const regarding = event.regarding ?? workspaceOf(world);
  const { namespace, name, uid } = regarding;
  const id = sha256Hex([uid, event.reason, event.note].join("\n")).slice(0, 16);
  // A status tells what it told already; a pod has none, so each look would write its events again.
  if (event.regarding !== undefined && !hands.memory.isNews(id)) return;
  const object = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name}.${id}`, namespace },
    // Microseconds, as the type demands.
    eventTime: new Date(world.nowMs).toISOString().replace("Z", "000Z"),
    reportingController: "foresail.dev/reconciler",
    reportingInstance: hostname().slice(0, 128) || "reconciler",
    action: "Reconcile",
    type: event.type,
    reason: event.reason.slice(0, MOST_REASON_CHARACTERS),
    note: event.note.slice(0, MOST_NOTE_CHARACTERS),
    regarding: { ...regarding },
  };
  try {
    await create(hands.kube, EVENTS, object, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!isAlreadyExists(error)) hands.log.warn({ object: `${namespace}/${name}`, err: error }, "event not written");
  }
}

function workspaceOf({ namespace, name, workspace }: World): Target {
  return { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", namespace, name, uid: workspace?.metadata.uid ?? "" };
}
