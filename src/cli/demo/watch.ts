import type { JsonObject } from "../../core/json.ts";
import { type Cache, createCache } from "../../kube/cache.ts";
import { follow } from "../../kube/follow.ts";
import type { Kube, KubeObject } from "../../kube/kube.ts";
import {
  definitionRef,
  FORESAIL_WORKSPACES,
  NODE_CLAIMS,
  NODES,
  PODS,
  type Resource,
  WORKSPACES,
} from "../../kube/resources.ts";
import { get } from "../../kube/verbs.ts";
import { type Actor, told } from "./story.ts";
import type { View } from "./view.ts";

const RESOURCES: readonly (readonly [Actor, Resource])[] = [
  ["workspace", WORKSPACES],
  ["pod", PODS],
  ["claim", NODE_CLAIMS],
  ["node", NODES],
];

/** What the cluster holds of the four things the demo is about, kept up to date by watches. */
export interface Watched {
  objects(actor: Actor): readonly JsonObject[];
  /** Resolves when `condition` holds after an event; rejects with the signal's reason. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void>;
}

/** Follows Workspaces, pods, claims and nodes and tells the view what each event means. Returns once it has seen all there is. */
export async function watch(kube: Kube, view: View, signal: AbortSignal): Promise<Watched> {
  const listeners = new Set<() => void>();
  const caches: (readonly [Actor, Cache])[] = [];
  for (const [actor, resource] of [...RESOURCES, ...(await ofOurGroup(kube, signal))]) {
    const cache = createCache({
      onChange: (before, after) => {
        for (const what of told(actor, before, after)) view.event(actor, shownName(after ?? before), what);
        for (const listener of listeners) listener();
      },
    });
    caches.push([actor, cache]);
    follow(kube, resource, { onEvent: cache.handle, onSynced: cache.markSynced, signal });
  }
  await Promise.all(caches.map(([, cache]) => cache.synced));
  return {
    objects: (actor) => caches.flatMap(([of, cache]) => (of === actor ? cache.list() : [])),
    until: (condition, limit) => waitUntil(listeners, condition, limit),
  };
}

/** Only who comes from a trial has its definition, and a watch waits for one for ever. */
async function ofOurGroup(kube: Kube, signal: AbortSignal): Promise<typeof RESOURCES> {
  const definition = await get(kube, definitionRef(FORESAIL_WORKSPACES), { signal });
  return definition === undefined ? [] : [["workspace", FORESAIL_WORKSPACES]];
}

function shownName(object: KubeObject | undefined): string {
  const { namespace, name = "" } = object?.metadata ?? {};
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function waitUntil(listeners: Set<() => void>, condition: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      listeners.delete(check);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const check = (): void => {
      if (condition()) settle(resolve);
    };
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    listeners.add(check);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else check();
  });
}
