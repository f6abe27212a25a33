import type { Cache } from "./cache.ts";
import { keyOf, versionOf } from "./known.ts";
import type { Kube } from "./kube.ts";
import { list, type Selection } from "./list.ts";
import type { Resource } from "./resources.ts";

/**
 * Brings a cache up to what the API server holds at this moment, by a list: a watch may be late. What the cache knows newer
 * stays. Throws KubeError.
 * @param selection the one that the cache is followed with
 */
export async function refresh(kube: Kube, resource: Resource, cache: Cache, selection: Selection): Promise<void> {
  const { items, resourceVersion } = await list(kube, resource, selection);
  const there = new Set(items.map(keyOf));
  for (const object of cache.list()) {
    if (!there.has(keyOf(object))) cache.handle({ type: "DELETED", object, version: resourceVersion });
  }
  for (const object of items) cache.handle({ type: "MODIFIED", object, version: versionOf(object) });
}
