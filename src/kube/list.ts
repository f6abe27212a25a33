import { isObject, type JsonObject } from "../core/json.ts";
import { isExpired, isUnserved, KubeError } from "./error.ts";
import type { Kube, KubeObject } from "./kube.ts";
import { apiVersionOf, collectionPath, type Resource } from "./resources.ts";
import { isKubeObject } from "./verbs.ts";

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects per request. Default 500, as client-go. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
  /** For each page. */
  readonly timeoutMs?: number;
  /** What is kept of each object; it is asked page by page, so the whole of a long list is never held. */
  readonly keep?: (object: KubeObject) => KubeObject;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  /** Version to watch from. */
  readonly resourceVersion: string;
}

interface Page extends KubeList {
  readonly next: string | undefined;
}

interface Position {
  /** Undefined: everything in one answer. */
  readonly limit: number | undefined;
  readonly continue: string | undefined;
}

/**
 * All objects of a selection, page by page, `apiVersion` and `kind` filled in (built-in lists leave them out of the items).
 * Pages that are too large are asked for again in smaller ones. Throws KubeError; a partial list is never returned.
 */
export async function list(kube: Kube, resource: Resource, selection: Selection = {}): Promise<KubeList> {
  refuseByNameOnly(resource);
  let limit = selection.pageSize ?? 500;
  try {
    const items: KubeObject[] = [];
    let page: Page | undefined;
    let version: string | undefined;
    do {
      [page, limit] = await readFitting(kube, resource, selection, { limit, continue: page?.next });
      for (const item of page.items) items.push(item);
      version ??= page.resourceVersion;
    } while (page.next !== undefined);
    return { items, resourceVersion: version };
  } catch (error) {
    if (!isExpired(error)) throw error;
    // The list took longer than the server keeps its snapshot: once more in one piece, which cannot expire.
    return await readPage(kube, resource, selection, { limit: undefined, continue: undefined });
  }
}

/** The objects of a kind that a cluster need not have: none where it is not served. Throws KubeError as `list`. */
export async function listIfServed(
  kube: Kube,
  resource: Resource,
  selection: Selection = {},
): Promise<readonly KubeObject[]> {
  try {
    return (await list(kube, resource, selection)).items;
  } catch (error) {
    if (isUnserved(error)) return [];
    throw error;
  }
}

/** A page, in the size that fits into one answer, and that size. */
async function readFitting(
  kube: Kube,
  resource: Resource,
  selection: Selection,
  position: Position & { readonly limit: number },
): Promise<[Page, number]> {
  let { limit } = position;
  for (;;) {
    try {
      return [await readPage(kube, resource, selection, { ...position, limit }), limit];
    } catch (error) {
      if (!isTooLarge(error) || limit <= 1) throw error;
      limit = Math.max(1, Math.floor(limit / 4));
    }
  }
}

export function refuseByNameOnly(resource: Resource): void {
  if (resource.byNameOnly !== true) return;
  throw new TypeError(`${resource.plural} are not to be listed or watched: get the one you need by name`);
}

/** Query parameters of a selection. */
export function selectors(selection: Selection): Record<string, string | undefined> {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector };
}

async function readPage(kube: Kube, resource: Resource, selection: Selection, position: Position): Promise<Page> {
  const path = collectionPath(resource, selection.namespace);
  const { body, status } = await kube.call({
    method: "GET",
    path,
    query: { ...selectors(selection), limit: position.limit?.toString(), continue: position.continue },
    ...(selection.signal !== undefined && { signal: selection.signal }),
    ...(selection.timeoutMs !== undefined && { timeoutMs: selection.timeoutMs }),
  });
  const page = pageOf(body, resource, selection.keep ?? whole);
  if (page !== undefined) return page;
  // Taken for an empty list, this would look as if everything had been deleted.
  throw new KubeError({ status, reason: "NotAList", message: `GET ${path}: the answer is not a complete list` });
}

function whole(object: KubeObject): KubeObject {
  return object;
}

function pageOf(body: unknown, resource: Resource, keep: (object: KubeObject) => KubeObject): Page | undefined {
  if (!isObject(body) || !isObject(body["metadata"])) return undefined;
  const { resourceVersion, continue: next } = body["metadata"];
  // Go writes an empty slice that was never filled as null.
  const items: unknown = body["items"] === null ? [] : body["items"];
  if (typeof resourceVersion !== "string" || resourceVersion === "" || !Array.isArray(items)) return undefined;
  if (!items.every(isKubeObject)) return undefined;
  const typed = items.map((item) => keep(withType(item, resource)));
  return { items: typed, resourceVersion, next: typeof next === "string" && next !== "" ? next : undefined };
}

function withType(item: KubeObject, resource: Resource): KubeObject {
  if (item.kind !== undefined && item.apiVersion !== undefined) return item;
  const type: JsonObject = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return { ...type, ...item };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof KubeError && error.reason === "ResponseTooLarge";
}
