import type { Cache } from "../kube/cache.ts";
import { type Follower, type FollowOptions, follow } from "../kube/follow.ts";
import type { Kube } from "../kube/kube.ts";
import { definitionRef, type Resource } from "../kube/resources.ts";
import { get } from "../kube/verbs.ts";
import type { Log } from "../log.ts";
import { slim } from "./slim.ts";

export interface CachesOptions {
  readonly kube: Kube;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Which objects are followed, and what is kept of each (default: all but managedFields). */
export type Selection = Partial<FollowOptions>;

/** Lists and watches a resource for ever, into the cache. */
export function followInto(options: CachesOptions, resource: Resource, cache: Cache, selection: Selection): Follower {
  return follow(options.kube, resource, {
    keep: slim,
    ...selection,
    onEvent: cache.handle,
    onSynced: cache.markSynced,
    onError: (error) => options.log.warn({ resource: resource.plural, err: error }, "watch"),
    signal: options.signal,
  });
}

/** Whether the definition of a kind is not there, which is more than that it is not served: it may be about to be. */
export async function isUndefined(kube: Kube, resource: Resource): Promise<boolean> {
  return (await get(kube, definitionRef(resource))) === undefined;
}
