import type { Cache } from "../kube/cache.ts";
import { type Follower, type FollowOptions, follow } from "../kube/follow.ts";
import type { Kube, KubeObject } from "../kube/kube.ts";
import type { Resource } from "../kube/resources.ts";
import type { Log } from "../log.ts";

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
  { slim = slimMetadata, ...selection }: Selection,
): Follower {
  return follow(options.kube, resource, {
    ...selection,
    onEvent: (event) => cache.handle({ ...event, object: slim(event.object) }),
    onSynced: cache.markSynced,
    onError: (error) => options.log.warn({ resource: resource.plural, err: error }, "watch"),
    signal: options.signal,
  });
}

/** Pods and nodes by the thousand: what nobody reads of them is most of their size. */
function slimMetadata(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
