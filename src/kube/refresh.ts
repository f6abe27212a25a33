import type { Cache } from "./cache.ts";
import { differenceOf, keyOf } from "./known.ts";
import type { Kube } from "./kube.ts";
import { list, type Selection } from "./list.ts";
import type { Resource } from "./resources.ts";

/**
 * Brings a cache up to what the API server holds at this moment, by a list: a watch may be late. What the cache knows newer
 * stays. Throws KubeError.
 * @param selection the one that the cache is followed with
 */
export async function refresh(kube: Kube, resource: Resource, cache: Cache, selection: Selection): Promise<void> {
  const found = await list(kube, resource, selection);
  const known = new Map(cache.list().map((object) => [keyOf(object), object]));
  for (const event of differenceOf(known, found)) cache.handle(event);
}
