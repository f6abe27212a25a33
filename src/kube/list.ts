import type { Kube, KubeObject } from "./kube.ts";
import type { Resource } from "./resources.ts";

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects per request. Default 500, as client-go. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  /** Version to watch from. */
  readonly resourceVersion: string;
}

/** All objects of a selection, page by page, `apiVersion` and `kind` filled in (built-in lists leave them out of the items). */
export async function list(_kube: Kube, _resource: Resource, _selection: Selection = {}): Promise<KubeList> {
  throw new Error("not yet implemented");
}
