import type { Cache } from "../kube/cache.ts";
import { type Follower, type FollowOptions, follow } from "../kube/follow.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import type { Resource } from "../kube/resources.ts";
import type { Log } from "../log.ts";
import { slim } from "./slim.ts";

export interface CachesOptions {
  readonly kube: Kube;
  /** Whether NodeClaims are served at all. */
  readonly claims: boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Which objects are followed, and what is kept of each. */
export interface Selection extends Partial<FollowOptions> {
  readonly slim?: (object: KubeObject) => KubeObject;
}

/** Lists and watches a resource for ever, into the cache. */
export function followInto(
  options: CachesOptions,
  resource: Resource,
  cache: Cache,
  { slim: keep = slim, ...selection }: Selection,
): Follower {
  return follow(options.kube, resource, {
    ...selection,
    onEvent: (event) => cache.handle({ ...event, object: keep(event.object) }),
    onSynced: cache.markSynced,
    onError: (error) => options.log.warn({ resource: resource.plural, err: error }, "watch"),
    signal: options.signal,
  });
}
