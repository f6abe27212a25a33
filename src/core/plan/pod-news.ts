import type { Action } from "../action.ts";
import type { JsonObject } from "../json.ts";
import { target } from "./live.ts";

/** An event about a pod, the only place to say something of a pod that belongs to no Workspace. */
export type PodNews = Action & { readonly kind: "event" };

export function podNews(pod: JsonObject, type: PodNews["type"], reason: string, note: string): PodNews {
  const { namespace, name, uid } = target(pod);
  return { kind: "event", type, reason, note, regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid } };
}
